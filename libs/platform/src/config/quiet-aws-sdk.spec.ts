import { describe, expect, it } from '@jest/globals';

import { runProcess } from '../run-process.js';
import { quietAwsSdk } from './quiet-aws-sdk.js';

const VARIABLE = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

describe('quietAwsSdk', () => {
  it('sets what the SDK asks for, unless somebody has set it otherwise', () => {
    const variables = {};
    quietAwsSdk(variables);
    expect(variables).toEqual({ [VARIABLE]: 'true' });
    const wanted = { [VARIABLE]: 'false' };
    quietAwsSdk(wanted);
    expect(wanted).toEqual({ [VARIABLE]: 'false' });
  });

  it('is done in every process before its main function', async () => {
    const { [VARIABLE]: before } = process.env;
    delete process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'];
    let within: string | undefined;
    await runProcess(() => {
      within = process.env[VARIABLE];
      return Promise.resolve();
    });
    process.env[VARIABLE] = before;
    expect(within).toBe('true');
  });
});
