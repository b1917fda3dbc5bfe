import ipaddr from 'ipaddr.js';

/** Hexadecimal groups of an IPv6 address that a customer of a network gets as a whole: a /64. */
const NETWORK_GROUPS = 4;

/**
 * Whose requests are counted together: those of one IPv4 address, or of one IPv6 network, as who has an IPv6
 * address has 2^64 of them.
 */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, NETWORK_GROUPS)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
