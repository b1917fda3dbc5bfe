import { describe, expect, it } from '@jest/globals';

import { errorFromFileSystem, errorFromOutput } from './embedded-postgres-error.js';

/** Lines that PostgreSQL 18 and the dynamic linker really print. */
const OUTPUTS = [
  [
    'disk-full',
    `creating configuration files ... ok\n2026-11-24 03:02:10.119 UTC [1] FATAL:  could not extend file "base/1/2691": No space left on device\nchild process exited with exit code 1`,
    /could not extend file "base\/1\/2691": No space left on device\. The disk is full/,
  ],
  [
    'port-in-use',
    `LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets`,
    /could not create any TCP\/IP sockets/,
  ],
  [
    'binaries-unusable',
    'postgres: error while loading shared libraries: libicuuc.so.60: cannot open shared object file: No such file or directory',
    /libicuuc\.so\.60/,
  ],
  [
    'not-writable',
    'initdb: error: could not access directory "/x": Permission denied',
    /could not access directory/,
  ],
  ['start-failed', 'FATAL:  lock file "postmaster.pid" already exists', /lock file "postmaster\.pid"/],
  ['start-failed', '', /it gave no reason/],
] as const;

describe('errorFromOutput', () => {
  it.each(OUTPUTS)('tells %s', (code, output, message) => {
    const error = errorFromOutput(output, 'start the database in /x', 'start-failed');
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^Cannot start the database in \/x: [^\n]+\.$/);
  });
});

describe('errorFromFileSystem', () => {
  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EACCES', 'not-writable'],
    ['EROFS', 'not-writable'],
    ['EISDIR', 'start-failed'],
  ])('tells what %s means', (systemCode, code) => {
    const cause = Object.assign(new Error(`${systemCode}: failed`), { code: systemCode });
    const error = errorFromFileSystem(cause, 'keep the database in /x');
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Cannot keep the database in \/x: [^\n]+\.$/);
    expect(error.cause).toBe(cause);
    expect(errorFromFileSystem(error, 'anything')).toBe(error);
  });
});
