import { element } from './soap/envelope.js';
import {
  anything,
  type ManagedObjectReference,
  record,
  reference,
  text,
  type ValuesOf,
} from './soap/shape.js';
import type { SoapCall, SoapTransport } from './soap/soap-transport.js';
import { VsphereError } from './vsphere-error.js';

/** The one object that exists before signing in. */
const SERVICE_INSTANCE: ManagedObjectReference = { type: 'ServiceInstance', value: 'ServiceInstance' };

/** The newest version of the API that this adapter has been tested with. */
const NEWEST_VERSION = '8.0.3.0';
/** Signing out is a courtesy: it may not hold up a shutdown. */
const LOGOUT_TIMEOUT_MS = 5_000;

const SERVICE_CONTENT_FIELDS = {
  rootFolder: reference,
  propertyCollector: reference,
  viewManager: reference,
  sessionManager: reference,
  customFieldsManager: reference,
  about: record({ fullName: text, apiVersion: text, apiType: text, instanceUuid: text }),
};

/** vSphere's table of contents: the managers, the root folder, and what kind of server this is. */
export type ServiceContent = ValuesOf<typeof SERVICE_CONTENT_FIELDS>;

export interface SignIn {
  userName: string;
  password: string;
}

/** Faults that say that the session, and with it every view and collector, is gone. */
const SESSION_LOST = new Set(['NotAuthenticated', 'NoSession']);

/**
 * A signed-in session. It ends after 30 idle minutes, or when an administrator ends it; the first call to
 * notice signs in again, once, and is repeated. What lives in a session (views) is therefore only used
 * within {@link VsphereSession.inOneSession}.
 */
export class VsphereSession {
  readonly content: ServiceContent;
  readonly #transport: SoapTransport;
  readonly #signIn: SignIn;
  /** Counts sign-ins, so that two calls that lose the same session don't both sign in. */
  #generation = 0;
  #signingIn: Promise<void> | undefined;

  private constructor(transport: SoapTransport, content: ServiceContent, signIn: SignIn) {
    this.#transport = transport;
    this.content = content;
    this.#signIn = signIn;
  }

  /**
   * Signs in.
   * @throws {VsphereError}
   */
  static async open(transport: SoapTransport, signIn: SignIn, signal: AbortSignal): Promise<VsphereSession> {
    const content = await transport.call(
      {
        target: SERVICE_INSTANCE,
        method: 'RetrieveServiceContent',
        parameters: '',
        answer: record(SERVICE_CONTENT_FIELDS),
      },
      signal,
    );
    const session = new VsphereSession(transport, content ?? {}, signIn);
    transport.useVersion(olderVersion(NEWEST_VERSION, session.apiVersion));
    await session.#login();
    try {
      signal.throwIfAborted();
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  get host(): string {
    return this.#transport.host;
  }

  /** `8.0.3.0`, `6.7.3`, `6.5`. */
  get apiVersion(): string {
    return this.content.about?.apiVersion ?? '6.0';
  }

  /** One of the service's managers. */
  manager(
    name: 'propertyCollector' | 'viewManager' | 'sessionManager' | 'rootFolder',
  ): ManagedObjectReference {
    const found = this.content[name];
    if (found !== undefined) return found;
    throw new VsphereError('NOT_VSPHERE', { host: this.host, detail: `it has no ${name}` });
  }

  /** One call, repeated once when the session turns out to be gone. */
  async call<Answer>(call: SoapCall<Answer>, signal: AbortSignal): Promise<Answer | undefined> {
    return await this.inOneSession(() => this.callOnce(call, signal));
  }

  /** One call, for use within {@link inOneSession}. */
  async callOnce<Answer>(call: SoapCall<Answer>, signal?: AbortSignal): Promise<Answer | undefined> {
    return await this.#transport.call(call, signal);
  }

  /** Runs calls that depend on one session, and runs them all again when it turns out to be gone. */
  async inOneSession<Result>(calls: () => Promise<Result>): Promise<Result> {
    const generation = this.#generation;
    try {
      return await calls();
    } catch (error) {
      if (!this.#isSessionLost(error)) throw error;
      await this.#loginAgain(generation);
      return await calls();
    }
  }

  /** Signs out. Never throws: a session we can't end ends by itself. */
  async close(): Promise<void> {
    try {
      const target = this.manager('sessionManager');
      const call = { target, method: 'Logout', parameters: '', answer: anything, courtesy: true };
      await this.#transport.call(call, AbortSignal.timeout(LOGOUT_TIMEOUT_MS));
    } catch {
      // Gone already, or unreachable: vCenter ends idle sessions after 30 minutes.
    } finally {
      await this.#transport.close();
    }
  }

  /** Without a signal: an abort would leave behind a session that nobody knows and nobody ends. */
  async #login(): Promise<void> {
    this.#transport.forgetSession();
    const { userName, password } = this.#signIn;
    await this.#transport.call({
      target: this.manager('sessionManager'),
      method: 'Login',
      parameters: element('userName', userName) + element('password', password),
      answer: record({}),
    });
    this.#generation++;
  }

  async #loginAgain(lost: number): Promise<void> {
    if (lost !== this.#generation) return;
    this.#signingIn ??= this.#login().finally(() => {
      this.#signingIn = undefined;
    });
    await this.#signingIn;
  }

  /** A view or collector that is gone went with its session (vcsim, and vCenter after a restart, say so). */
  #isSessionLost(error: unknown): boolean {
    if (!(error instanceof VsphereError)) return false;
    if (error.code === 'ManagedObjectNotFound')
      return /^(ContainerView|PropertyCollector|SessionManager|ViewManager):/.test(error.facts.subject ?? '');
    return SESSION_LOST.has(error.code);
  }
}

/** The older of two versions, compared number by number. */
export function olderVersion(one: string, other: string): string {
  return compareVersions(one, other) <= 0 ? one : other;
}

/** Negative when `one` is older than `other`, 0 when they are the same: 6.7 = 6.7.0 < 6.7.3 < 8.0.3.0. */
export function compareVersions(one: string, other: string): number {
  const [ones, others] = [one.split('.').map(Number), other.split('.').map(Number)];
  for (let place = 0; place < Math.max(ones.length, others.length); place++) {
    const difference = (ones[place] ?? 0) - (others[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
