import { request } from 'node:https';

import { describe, expect, it } from '@jest/globals';

import type { VcsimFlavour } from './vcsim/vcsim.js';
import { startVcsim } from './vcsim/vcsim.js';
import { childText, VsphereTestClient } from './vsphere-client.js';
import { CONFORMANCE_ESTATE, describeVsphereConformance } from './vsphere-conformance.js';

const VMS_PER_POOL = 2;

describeVsphereConformance('vcsim (govmomi 0.56.0)', () =>
  startVcsim({ ...CONFORMANCE_ESTATE, virtualMachines: VMS_PER_POOL }),
);

describeVsphereConformance(
  'vcsim (govmomi 0.24.2, Debian 12)',
  () => startVcsim({ ...CONFORMANCE_ESTATE, virtualMachines: VMS_PER_POOL, flavour: 'debian' }),
  { paging: true, changeTracking: true, diskDetails: true, pathsIntoArrays: true, powerStateChecks: true },
);

const FLAVOURS: VcsimFlavour[] = ['modern', 'debian'];

describe.each(FLAVOURS)('the vcsim harness (%s)', (flavour) => {
  it('serves https with a certificate that it tells', async () => {
    const vcsim = await startVcsim({ flavour, tls: true });
    const status = await new Promise((resolve, reject) => {
      request(`${vcsim.url}/vimServiceVersions.xml`, { ca: vcsim.caPem, agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await vcsim.stop();
    expect(() => process.kill(vcsim.pid, 0)).toThrow(/ESRCH/);
  });

  it('lets idle sessions expire', async () => {
    // More than a busy machine takes from one question to the next.
    const vcsim = await startVcsim({ flavour, sessionIdleTimeoutMs: 5_000 });
    const manager = { type: 'SessionManager', id: 'SessionManager' };
    const login = async (): Promise<{ client: VsphereTestClient; key: string }> => {
      const client = new VsphereTestClient(vcsim.url);
      const credentials = `<userName>${vcsim.username}</userName><password>${vcsim.password}</password>`;
      const { results } = await client.call('Login', manager, credentials);
      return { client, key: childText(results[0], 'key') ?? '' };
    };
    const [idle, busy] = [await login(), await login()];
    const question = `<sessionID>${idle.key}</sessionID><userName>${vcsim.username}</userName>`;
    const isActive = async (): Promise<string | undefined> =>
      (await busy.client.call('SessionIsActive', manager, question)).results[0]?.text;
    expect(await isActive()).toBe('true');
    while ((await isActive()) === 'true'); // each question is a round trip that keeps the asker's session alive
    const answer = await idle.client.call('CurrentTime', { type: 'ServiceInstance', id: 'ServiceInstance' });
    expect(answer.fault).toBe('NotAuthenticated');
    await vcsim.stop();
  });
});
