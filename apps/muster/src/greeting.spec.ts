import { describe, expect, it } from '@jest/globals';

import { renderGreeting } from './greeting.js';

const url = 'http://127.0.0.1:3000';
const firstCredentials = { apiKey: 'mk_new', accessKey: 'AKNEW', secretKey: 'sk-new' };

describe('renderGreeting', () => {
  it('shows where Muster is and what to try', () => {
    const greeting = renderGreeting({ url, keyIsChosen: false });
    for (const line of [`API    ${url}`, `Docs   ${url}/docs`, `'${url}/v1/vendor-account?limit=10'`]) {
      expect(greeting).toContain(line);
    }
  });

  it('shows a key that this start made, once', () => {
    const greeting = renderGreeting({ url, keyIsChosen: false, firstCredentials });
    expect(greeting.split('mk_new')).toHaveLength(2);
    expect(greeting).toContain("export MUSTER_API_KEY='mk_new'");
    expect(greeting).toContain("export HUAWEICLOUD_SDK_AK='AKNEW' HUAWEICLOUD_SDK_SK='sk-new'");
    expect(greeting.split('sk-new')).toHaveLength(2);
    expect(greeting).toContain('shown only now');
  });

  it('shows no key of an earlier start, but how to get a new one', () => {
    const greeting = renderGreeting({ url, keyIsChosen: false });
    expect(greeting).not.toMatch(/mk_/);
    expect(greeting).toContain("export MUSTER_API_KEY='<your API key>'");
    expect(greeting).toContain('npm run credentials -- rotate first');
  });

  it('leaves a key that the user chose where it is', () => {
    expect(renderGreeting({ url, keyIsChosen: true })).not.toContain('export');
  });

  it("shows the demo's task, where there is one", () => {
    expect(renderGreeting({ url, keyIsChosen: true, taskId: 'task-1' })).toContain('/sync/task-1');
    expect(renderGreeting({ url, keyIsChosen: true })).toContain('/sync/<task id>');
  });

  it('has lines that a shell takes as they are', () => {
    const commands = renderGreeting({ url, keyIsChosen: false, firstCredentials })
      .replaceAll('\\\n', '')
      .split('\n')
      .filter((line) => line.startsWith('  curl '));
    expect(commands).toHaveLength(5);
    for (const command of commands) {
      expect(command.replaceAll(/'[^']*'|"[^"]*"/g, '')).toMatch(/^[ a-zA-Z-]+$/);
    }
  });
});
