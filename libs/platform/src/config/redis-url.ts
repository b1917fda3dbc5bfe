/** A server, a sentinel or a node of a cluster. */
export interface RedisHost {
  host: string;
  port: number;
}

interface RedisAccess {
  tls: boolean;
  /** The server; sentinels that know where it is; or some nodes of a cluster, which know the others. */
  hosts: RedisHost[];
  username?: string;
  password?: string;
}

/** What a URL says of a Redis. */
export type RedisUrl = RedisAccess &
  (
    | { topology: 'single'; database: number }
    | { topology: 'sentinel'; master: string; database: number }
    | { topology: 'cluster' }
  );

const SCHEME = /^rediss?(\+(sentinel|cluster))?:\/\//;
/** Scheme, user and password, hosts, path. The last @ before a slash ends the password, as in every URL. */
const PARTS = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?#\s]*)@)?([^/?#@\s]+)((?:\/[^/?#@\s]*)*)$/;
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;
/** As Sentinel itself lets masters be named. */
const MASTER = /^[\w.-]+$/;
const DATABASE = /^\d{1,5}$/;

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const MAX_PORT = 65_535;

const NOT_A_URL = "must be a valid URL: a password's # / ? are written as %23 %2F %3F";

export function isRedisUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Takes apart `redis://user:password@host:port/database`; `rediss:` is TLS. Behind `redis+sentinel:` come
 * sentinels and the master's name (`…@host,host:port/master/database`), behind `redis+cluster:` nodes.
 * @throws {Error} saying what the text must be, and nothing of what it is: it may hold a password.
 */
export function parseRedisUrl(text: string): RedisUrl {
  const [, secure, topology = 'single', userInfo, hosts = '', path = ''] = PARTS.exec(text) ?? [];
  if (secure === undefined) throw new Error(NOT_A_URL);
  const access = {
    tls: secure === 's',
    hosts: hosts.split(',').map((host) => parseHost(host, topology)),
    ...(userInfo === undefined ? {} : parseUser(userInfo)),
  };
  switch (topology) {
    case 'sentinel':
      return { ...access, topology, ...parseWatched(path) };
    case 'cluster':
      if (parseDatabase(path.slice(1)) !== 0) throw new Error('must name no database: a cluster has only 0');
      return { ...access, topology };
    default:
      if (access.hosts.length > 1) {
        throw new Error('must say what its servers are: redis+sentinel:// or redis+cluster://');
      }
      return { ...access, topology: 'single', database: parseDatabase(path.slice(1)) };
  }
}

function parseHost(text: string, topology: string): RedisHost {
  const [, address, name, digits] = HOST.exec(text) ?? [];
  const host = address ?? name;
  const port = Number(digits ?? (topology === 'sentinel' ? SENTINEL_PORT : REDIS_PORT));
  if (host === undefined || port < 1 || port > MAX_PORT) throw new Error(NOT_A_URL);
  return { host, port };
}

function parseUser(userInfo: string): Pick<RedisAccess, 'username' | 'password'> {
  const colon = userInfo.indexOf(':');
  if (colon === -1 || colon === userInfo.length - 1) {
    throw new Error('must have a password before its @, as in redis://user:password@host');
  }
  const username = decode(userInfo.slice(0, colon));
  return { ...(username === '' ? {} : { username }), password: decode(userInfo.slice(colon + 1)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("must be a valid URL: a password's % is written as %25");
  }
}

function parseWatched(path: string): { master: string; database: number } {
  const [, master = '', ...database] = path.split('/');
  if (!MASTER.test(master)) {
    throw new Error('must name the master that the sentinels watch: redis+sentinel://host,host/mymaster');
  }
  return { master, database: parseDatabase(database.join('/')) };
}

function parseDatabase(text: string): number {
  if (text !== '' && !DATABASE.test(text)) {
    throw new Error("must end with the host, or with its database's number: redis://host:6379/0");
  }
  return Number(text);
}
