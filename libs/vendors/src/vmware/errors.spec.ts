import { describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { classifyVsphereError, VSPHERE_ERRORS } from './errors.js';
import { VsphereError } from './vsphere-error.js';

describe('classifyVsphereError', () => {
  it.each(Object.keys(VSPHERE_ERRORS))('has a whole sentence for %s', (code) => {
    const method = code.startsWith('Login ') ? 'Login' : 'RetrievePropertiesEx';
    const error = new VsphereError(code.replace('Login ', ''), {
      host: 'vc:443',
      method,
      fingerprint: 'AB:CD',
    });
    const classified = classifyVsphereError(error);
    expect(classified?.message).not.toMatch(/undefined|\(\)|\.\./);
    expect(classified?.message).toMatch(/^[A-Zv].*\S$/);
    expect(classified?.cause).toBe(error);
  });

  it('calls a fault it does not know a bug, by name', () => {
    const facts = { host: 'vc:443', method: 'Login', detail: 'The moon is full.' };
    expect(classifyVsphereError(new VsphereError('LunarFault', facts))).toMatchObject({
      kind: 'bug',
      vendorCode: 'LunarFault',
      message: 'vc:443 answered Login with LunarFault (The moon is full).',
    });
  });

  it('leaves alone what is not from vSphere, and what is classified', () => {
    expect(classifyVsphereError(new TypeError('ours'))).toBeUndefined();
    const classified = new SyncError('bug', 'The vendor left something out.');
    expect(classifyVsphereError(classified)).toBe(classified);
  });
});
