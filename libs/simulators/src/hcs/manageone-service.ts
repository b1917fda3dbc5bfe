import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../http/answer.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import type { HcsEstate } from './hcs-estate.js';
import type { HcsFaults } from './hcs-faults.js';
import { rowsOf } from './manageone-rows.js';

const MAX_PAGE_SIZE = 1_000;
const DEFAULT_PAGE_SIZE = 20;
const SIGN_IN = '/rest/plat/smapp/v1/oauth/token';
const SIGN_OUT = '/rest/plat/smapp/v1/sessions';
const LIST = /^\/rest\/(tenant-resource|cmdb)\/v1\/instances\/(\w+)$/;
/** A user that is refused so often is locked. */
const MAX_FAILURES = 5;

/** What a simulated ManageOne is made of. */
export interface ManageOneServiceParts {
  estate: HcsEstate;
  faults: HcsFaults;
  userName: string;
  password: string;
}

/** ManageOne's northbound API, as far as inventories need it: sign-in, sign-out, the CMDB's lists. */
export class ManageOneService implements Pick<SimulatedService, 'read'> {
  /** How long a session lasts, in seconds, as it says. */
  lifetimeS: number | string = 3_600;
  /** The most sessions that a user may have. */
  maxSessions = 3;
  /** Whether it has the tenants' resources under `cmdb` only, as older builds do. */
  isOld = false;
  /** The platform's own machines. */
  readonly management: JsonObject[] = [];
  private number = 0;
  private failures = 0;
  private readonly sessions = new Set<string>();

  constructor(private readonly parts: ManageOneServiceParts) {}

  get openSessions(): number {
    return this.sessions.size;
  }

  /** How many sessions there have been. */
  get sessionsSoFar(): number {
    return this.number;
  }

  /** Ends all sessions, as a restart does. */
  endSessions(): void {
    this.sessions.clear();
  }

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const { method, url } = request;
    if (url.pathname === SIGN_IN) {
      if (method !== 'PUT') return jsonAnswer(405, {});
      return { name: 'SignIn', answer: () => this.signIn(request) };
    }
    if (url.pathname === SIGN_OUT && method === 'DELETE') {
      return { name: 'SignOut', answer: () => this.signOut(request) };
    }
    const [, api, className] = LIST.exec(url.pathname) ?? [];
    if (method !== 'GET' || className === undefined || api === undefined) return jsonAnswer(404, {});
    return { name: className, answer: () => this.list(className, api, request) };
  }

  private signIn({ body }: SimulatedRequest): Answer {
    const { grantType, userName, value } = JSON.parse(body.toString()) as Record<string, unknown>;
    if (this.failures >= MAX_FAILURES) return refusal(401, 'user.user.policy_violation_lock');
    if (grantType !== 'password' || userName !== this.parts.userName || value !== this.parts.password) {
      this.failures += 1;
      return refusal(401, 'user.login.user_or_value_invalid');
    }
    if (this.sessions.size >= this.maxSessions) return refusal(403, 'user.session.too_many');
    this.failures = 0;
    this.number += 1;
    const accessSession = `x-session-${String(this.number)}`;
    this.sessions.add(accessSession);
    return jsonAnswer(200, {
      accessSession,
      roaRand: `rand-${String(this.number)}`,
      expires: this.lifetimeS,
    });
  }

  private signOut({ headers, url }: SimulatedRequest): Answer {
    const token = String(headers['x-auth-token']);
    const isOurs = token.replace('x-session', 'rand') === url.searchParams.get('roarand');
    return isOurs && this.sessions.delete(token) ? jsonAnswer(200, {}) : jsonAnswer(401, {});
  }

  private list(className: string, api: string, { headers, url }: SimulatedRequest): Answer {
    const { faults, estate } = this.parts;
    if (!this.sessions.has(String(headers['x-auth-token']))) return jsonAnswer(401, {});
    // ManageOne says that of what a user may not read, too.
    if (faults.deniedCalls.has(className)) return jsonAnswer(401, {});
    const rows = rowsOf(estate, className);
    if (
      rows === undefined ||
      faults.missingCalls.has(className) ||
      api !== (this.isOld ? 'cmdb' : 'tenant-resource')
    ) {
      return refusal(this.isOld ? 400 : 404, 'cmdb.class.not_exist');
    }
    if (className === 'CLOUD_VM') rows.push(...this.management);
    const page = Number(url.searchParams.get('pageNo') ?? 1);
    const size = Number(url.searchParams.get('pageSize') ?? DEFAULT_PAGE_SIZE);
    if (!(page >= 1 && size >= 1 && size <= MAX_PAGE_SIZE)) return refusal(400, 'framwork.remote.Paramerror');
    const found = rows.filter((row) => fulfils(row, url.searchParams.get('condition')));
    return jsonAnswer(200, {
      objList: found.slice((page - 1) * size, page * size),
      totalNum: found.length,
      pageSize: size,
      totalPageNo: Math.ceil(found.length / size),
      currentPage: page,
    });
  }
}

/** Knows conditions of one field that equals one value. */
function fulfils(row: JsonObject, condition: string | null): boolean {
  if (condition === null) return true;
  const { constraint } = JSON.parse(condition) as {
    constraint: { simple: { name: string; value: string } }[];
  };
  return constraint.every(({ simple: { name, value } }) => row[name] === value);
}

function refusal(status: number, exceptionId: string): Answer {
  const lists = { descArgs: [], reasonArgs: [], detailArgs: [], adviceArgs: [] };
  return jsonAnswer(status, { exceptionId, exceptionType: 'ROA_EXFRAME_EXCEPTION', ...lists });
}
