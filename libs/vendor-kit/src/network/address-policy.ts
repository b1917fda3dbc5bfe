import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Where clouds tell their machines secrets: AWS, Azure, GCP and others on the link-local ones, AWS also over
 * IPv6, Alibaba, Oracle, and Azure's WireServer, which is a public address. No network opens these by holding
 * them among others; only naming one alone does.
 */
const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
].map((address) => ipaddr.parse(address));

/** What IPv6 gives out to the public so far. Outside of it ipaddr.js takes for unicast what no list has. */
const PUBLIC_IPV6 = ipaddr.parseCIDR('2000::/3');
/** What a gateway makes IPv4 of: the last 32 bits. Other prefixes of its kind keep them elsewhere. */
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
/** Where no server is, whatever is allowed: the first of them is this machine itself on Linux. */
const NOWHERE = ['unspecified', 'broadcast', 'multicast'];

const IN_WORDS: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a private address of a provider',
};

/**
 * Which addresses Muster may call because a user has named them, or a name that leads there: public ones, and
 * those in the networks that its operator has allowed. Whoever may add an account could otherwise have Muster
 * look into what only its own machine reaches.
 */
export class AddressPolicy {
  private readonly allowed: readonly [Address, number][];

  /** @param networks addresses and networks, valid ones: `10.0.0.0/8` */
  constructor(networks: readonly string[]) {
    this.allowed = networks.map((network) => {
      if (network.includes('/')) return ipaddr.parseCIDR(network);
      const address = ipaddr.parse(network);
      return [address, address.toByteArray().length * 8];
    });
  }

  /** What kind of address it is that may not be called, in words; undefined when it may be. */
  refusalOf(text: string): string | undefined {
    if (!ipaddr.isValid(text)) return 'no address';
    return this.refusal(ipaddr.process(text)); // IPv4 in IPv6's clothes is IPv4
  }

  /**
   * The same for the host of a URL, where that is an address or a name of this machine; other names are looked up
   * when they are called.
   */
  refusalOfHost(host: string): string | undefined {
    const name = host
      .replace(/^\[|\]$/g, '')
      .replace(/\.+$/, '')
      .toLowerCase();
    if (ipaddr.isValid(name)) return this.refusalOf(name);
    if (name !== 'localhost' && !name.endsWith('.localhost')) return undefined;
    return this.refusalOf('127.0.0.1') && this.refusalOf('::1');
  }

  private refusal(address: Address): string | undefined {
    const range = address.range();
    if (address.kind() === 'ipv6' && address.match(NAT64))
      return this.refusal(new ipaddr.IPv4(address.toByteArray().slice(-4)));
    if (NOWHERE.includes(range)) return 'no address of a server';
    if (METADATA.some((metadata) => isSame(metadata, address))) {
      const isNamed = this.allowed.some(
        ([network, bits]) => bits === network.toByteArray().length * 8 && isSame(network, address),
      );
      return isNamed ? undefined : 'where a cloud tells its machines secrets';
    }
    if (isPublic(address, range)) return undefined;
    const isAllowed = this.allowed.some(
      ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
    );
    return isAllowed ? undefined : (IN_WORDS[range] ?? 'a reserved address');
  }
}

function isPublic(address: Address, range: string): boolean {
  return range === 'unicast' && (address.kind() === 'ipv4' || address.match(PUBLIC_IPV6));
}

function isSame(one: Address, other: Address): boolean {
  return one.kind() === other.kind() && one.toNormalizedString() === other.toNormalizedString();
}
