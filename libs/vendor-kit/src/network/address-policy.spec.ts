import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { AddressPolicy } from './address-policy.js';

const strict = new AddressPolicy([]);

/** As whoever reads a URL reads its host. */
const hostOf = (written: string) => new URL(`https://${written}/sdk`).hostname;

describe('AddressPolicy', () => {
  it.each([
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['10.1.2.3', 'a private address'],
    ['172.16.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.168.1.1', 'a private address'],
    ['fd12:3456::1', 'a private address'],
    ['fc00::1', 'a private address'],
    ['169.254.1.1', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['100.64.0.1', 'a private address of a provider'],
    ['0.0.0.0', 'no address of a server'],
    ['0.1.2.3', 'no address of a server'],
    ['::', 'no address of a server'],
    ['224.0.0.1', 'no address of a server'],
    ['ff02::1', 'no address of a server'],
    ['255.255.255.255', 'no address of a server'],
    ['192.0.2.1', 'a reserved address'],
    ['240.0.0.1', 'a reserved address'],
    ['2001:db8::1', 'a reserved address'],
    ['2002:7f00:1::', 'a reserved address'],
    ['2001::1', 'a reserved address'],
    ['::7f00:1', 'a reserved address'],
    ['64:ff9b:1:a00:0:100:808:808', 'a reserved address'],
    ['169.254.169.254', 'where a cloud tells its machines secrets'],
    ['169.254.170.2', 'where a cloud tells its machines secrets'],
    ['fd00:ec2::254', 'where a cloud tells its machines secrets'],
    ['100.100.100.200', 'where a cloud tells its machines secrets'],
    ['192.0.0.192', 'where a cloud tells its machines secrets'],
    ['168.63.129.16', 'where a cloud tells its machines secrets'],
    ['::ffff:10.0.0.1', 'a private address'],
    ['::ffff:a9fe:a9fe', 'where a cloud tells its machines secrets'],
    ['64:ff9b::10.0.0.1', 'a private address'],
    ['64:ff9b::169.254.169.254', 'where a cloud tells its machines secrets'],
    ['vcenter.example', 'no address'],
    ['', 'no address'],
  ])('refuses %s: %s', (address, kind) => {
    expect(strict.refusalOf(address)).toBe(kind);
  });

  it.each([
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '11.0.0.1',
    '::ffff:1.1.1.1',
    '64:ff9b::1.1.1.1',
    '2606:4700::1111',
  ])('lets %s be called, which is public', (address) => {
    expect(strict.refusalOf(address)).toBeUndefined();
  });

  it('lets what is in an allowed network be called, and nothing beside it', () => {
    const policy = new AddressPolicy(['10.20.0.0/16', '192.168.7.7', 'fd12::/16', '127.0.0.1']);
    for (const address of ['10.20.255.1', '192.168.7.7', 'fd12:1::1', '127.0.0.1', '::ffff:10.20.0.1']) {
      expect([address, policy.refusalOf(address)]).toEqual([address, undefined]);
    }
    for (const address of ['10.21.0.1', '192.168.7.8', 'fd13::1', '127.0.0.2', '::1', '169.254.169.254']) {
      expect([address, policy.refusalOf(address) === undefined]).toEqual([address, false]);
    }
  });

  it('opens the services that tell secrets only where one of them is named alone', () => {
    const wide = new AddressPolicy(['0.0.0.0/0', '::/0']);
    expect(wide.refusalOf('169.254.1.1')).toBeUndefined();
    expect(wide.refusalOf('fe80::1')).toBeUndefined();
    for (const address of ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '0.0.0.0', '224.0.0.1']) {
      expect([address, wide.refusalOf(address) === undefined]).toEqual([address, false]);
    }
    const named = new AddressPolicy(['169.254.169.254', 'fd00:ec2::254/128']);
    expect(named.refusalOf('169.254.169.254')).toBeUndefined();
    expect(named.refusalOf('::ffff:169.254.169.254')).toBeUndefined();
    expect(named.refusalOf('fd00:ec2::254')).toBeUndefined();
    expect(named.refusalOf('169.254.170.2')).toBeDefined();
  });

  it.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'vcenter.localhost',
    'a.b.localhost..',
    '[::1]',
    '[::ffff:7f00:1]',
  ])('knows %s for this machine', (host) => {
    expect(strict.refusalOfHost(host)).toBe('a loopback address');
    expect(new AddressPolicy(['127.0.0.1', '::1']).refusalOfHost(host)).toBeUndefined();
  });

  it('leaves other names to be looked up', () => {
    for (const host of ['vcenter.example', 'localhost.example', 'notlocalhost', '10.example']) {
      expect(strict.refusalOfHost(host)).toBeUndefined();
    }
  });

  /** An IPv4 address, written in a way that URLs know. */
  const writings: ((octets: readonly [number, number, number, number]) => string)[] = [
    (octets) => octets.join('.'),
    (octets) => `${octets.join('.')}.`,
    ([a, b, c, d]) => String(((a * 256 + b) * 256 + c) * 256 + d),
    ([a, b, c, d]) => `0x${(((a * 256 + b) * 256 + c) * 256 + d).toString(16)}`,
    ([a, b, c, d]) => `${String(a)}.${String((b * 256 + c) * 256 + d)}`,
    ([a, b, c, d]) => `${String(a)}.${String(b)}.${String(c * 256 + d)}`,
    (octets) => octets.map((octet) => `0${octet.toString(8)}`).join('.'),
    (octets) => octets.map((octet) => `0x${octet.toString(16).padStart(4, '0')}`).join('.'),
    ([a, b, c, d]) => `0${a.toString(8)}.0x${b.toString(16)}.${String(c)}.${String(d)}`,
    (octets) => octets.join('.').replaceAll(/\d/g, (digit) => `%3${digit}`),
    (octets) => octets.join('.').replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    (octets) => octets.join('\u3002'),
    (octets) => `[::ffff:${octets.join('.')}]`,
    ([a, b, c, d]) => `[0:0:0:0:0:FFFF:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`,
    (octets) => `[64:ff9b::${octets.join('.')}]`,
  ];

  it('says the same of an address however it is written', () => {
    const octet = fc.nat({ max: 255 });
    const special = fc.constantFrom<[number, number, number, number]>(
      [127, 0, 0, 1],
      [169, 254, 169, 254],
      [10, 0, 0, 1],
      [192, 168, 0, 1],
      [172, 16, 0, 1],
      [100, 100, 100, 200],
      [0, 0, 0, 0],
    );
    fc.assert(
      fc.property(
        fc.oneof(special, fc.tuple(octet, octet, octet, octet)),
        fc.constantFrom(...writings),
        fc.constantFrom([], ['10.0.0.0/8'], ['127.0.0.1', '192.168.0.0/16']),
        (octets, write, networks) => {
          const policy = new AddressPolicy(networks);
          expect(policy.refusalOfHost(hostOf(write(octets)))).toBe(policy.refusalOf(octets.join('.')));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
