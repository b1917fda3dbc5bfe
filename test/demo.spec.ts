import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import type { DemoCloud } from '../apps/muster/src/demo/demo-clouds.js';
import { runDemo } from '../apps/muster/src/demo/run-demo.js';
import { TestMuster } from './support/test-muster.js';

describe('the demo', () => {
  let muster: TestMuster;
  let vcenter: VsphereSimulator;

  beforeAll(async () => {
    vcenter = await startVsphereSimulator({ preset: 'demo', tls: true });
    muster = await TestMuster.start();
  });
  afterAll(async () => {
    await muster.close();
    await vcenter.close();
  });

  const cloudOf = (endpoint: string): DemoCloud => ({
    account: {
      vendor: 'VMWARE',
      account_id: 'demo-vcenter',
      account_name: 'Demo vCenter',
      ak: vcenter.username,
      sk: vcenter.password,
      settings: { endpoint, tls_fingerprint_sha256: vcenter.fingerprintSha256 },
    },
    url: endpoint,
    close: () => vcenter.close(),
  });
  const demonstrate = async (cloud: DemoCloud): Promise<{ taskId: string | undefined; shown: string }> => {
    let shown = '';
    const write = (text: string | Uint8Array) => {
      shown += String(text);
      return true;
    };
    const { url } = muster.api;
    const { signal } = new AbortController();
    const output = { write, isTTY: false };
    const taskId = await runDemo({ url, apiKey: muster.apiKey, clouds: [cloud], output, signal });
    return { taskId, shown };
  };

  it('syncs its clouds, and shows what they have', async () => {
    const { taskId, shown } = await demonstrate(cloudOf(vcenter.url));
    expect(await muster.showTask(taskId!)).toMatchObject({ state: 'SUCCEEDED' });
    expect(shown).toMatch(/VMware.*│.*\d+/);
    expect(shown).toContain('lon-');
  });

  it('ends at what is refused, and says what that is', async () => {
    const { taskId, shown } = await demonstrate(cloudOf('nowhere'));
    expect(taskId).toBeUndefined();
    expect(shown).toMatch(/The demo ends here\. .*COC\.\d+ .*endpoint/);
  });
});
