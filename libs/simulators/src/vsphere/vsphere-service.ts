import type { Answer } from '../http/answer.js';
import { plainText, xmlAnswer } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import { dispatch } from './soap/dispatch.js';
import type { ServerState } from './soap/method-context.js';
import type { MethodCall } from './soap/parse-request.js';
import { parseRequest } from './soap/parse-request.js';
import { SessionLimitReached } from './soap/service-methods.js';
import type { Session } from './soap/session.js';
import { VimFault } from './soap/vim-fault.js';
import { envelope } from './soap/vim-xml.js';

const SDK_PATH = '/sdk';
const ALTERNATIVE_SDK_PATH = '/sdk/vimService';
const VERSIONS_PATH = '/sdk/vimServiceVersions.xml';
const SESSION_COOKIE = 'vmware_soap_session';

/** A vCenter's SOAP API, over HTTP. */
export class VsphereService implements SimulatedService {
  /** @param isSecure whether it is served over TLS, which its cookies then ask for */
  constructor(
    private readonly state: ServerState,
    private readonly isSecure: boolean,
  ) {}

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const { pathname } = request.url;
    if (pathname === VERSIONS_PATH) return this.versions();
    if (pathname !== SDK_PATH && pathname !== ALTERNATIVE_SDK_PATH) return plainText(404, 'Not found');
    if (request.method !== 'POST') return plainText(405, '');
    const call = parse(request.body.toString('utf8'));
    return {
      name: call instanceof VimFault ? '(unreadable)' : call.method,
      answer: () => this.answer(call, request),
    };
  }

  takeFailure(method: string): HttpFailure | undefined {
    const failure = this.state.faults.take(method);
    if (failure?.kind === 'fault') {
      return {
        kind: 'answer',
        answer: faultAnswer(new VimFault(failure.fault, '', 'Injected by the test.')),
      };
    }
    if (failure?.kind !== 'status' || failure.status !== 503) return failure;
    const answer = unavailable();
    return { kind: 'answer', answer: { ...answer, headers: { ...answer.headers, ...failure.headers } } };
  }

  private answer(call: MethodCall | VimFault, { headers: sent }: SimulatedRequest): Answer {
    const headers: Record<string, string> = {};
    try {
      if (call instanceof VimFault) throw call;
      const key = sessionKey(sent.cookie);
      const parts = dispatch(this.state, {
        request: call,
        session: key === undefined ? undefined : this.state.sessions.use(key),
        userAgent: sent['user-agent'] ?? '',
        setSession: (session) => {
          headers['Set-Cookie'] = this.cookie(session);
        },
      });
      return xmlAnswer(200, envelope(parts), headers);
    } catch (error) {
      if (error instanceof VimFault) return faultAnswer(error);
      if (error instanceof SessionLimitReached) return unavailable();
      throw error;
    }
  }

  private cookie({ key }: Session): string {
    if (this.state.dialect === 'vcsim') return `${SESSION_COOKIE}=${key}; HttpOnly`;
    return `${SESSION_COOKIE}="${key}"; Path=/; HttpOnly${this.isSecure ? '; Secure' : ''}`;
  }

  private versions(): Answer {
    const { apiVersion } = this.state.inventory.about;
    const prior = ['7.0.3.0', '7.0', '6.7.3', '6.7', '6.5', '6.0'].filter(
      (version) => version !== apiVersion,
    );
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<namespaces version="1.0">\n <namespace>\n' +
      `  <name>urn:vim25</name>\n  <version>${apiVersion}</version>\n  <priorVersions>\n` +
      prior.map((version) => `   <version>${version}</version>\n`).join('') +
      '  </priorVersions>\n </namespace>\n</namespaces>\n';
    return xmlAnswer(200, [xml]);
  }
}

function parse(body: string): MethodCall | VimFault {
  try {
    return parseRequest(body);
  } catch (error) {
    if (error instanceof VimFault) return error;
    throw error;
  }
}

function sessionKey(cookies: string | undefined): string | undefined {
  for (const cookie of cookies?.split(';') ?? []) {
    const [name, value] = cookie.trim().split('=', 2);
    if (name === SESSION_COOKIE && value !== undefined) return value.replaceAll('"', '');
  }
  return undefined;
}

const faultAnswer = (fault: VimFault): Answer => xmlAnswer(500, envelope([fault.toSoap()]));

/** What vCenter's reverse proxy says while vpxd doesn't answer. */
const unavailable = (): Answer =>
  plainText(503, '503 Service Unavailable (Failed to connect to endpoint: [vpxd-webserver-pipe])');
