import { StringDecoder } from 'node:string_decoder';

import type { VendorAccess, VendorAgent, VendorAnswer } from '#vendor-kit';

import { errorCodeOf } from '../../shared/http/error-code.js';
import { retryAfterOf } from '../../shared/http/retry-after.js';
import { XmlError } from '../../shared/xml/xml-reader.js';
import { SIGN_IN_API, VIM_API } from '../quotas.js';
import { VsphereError } from '../vsphere-error.js';
import { certificateCheck, type TlsTrust } from './certificate-check.js';
import { envelope } from './envelope.js';
import {
  list,
  type ManagedObjectReference,
  record,
  reference,
  type Shape,
  type Shapes,
  text,
  variant,
  wrappedList,
} from './shape.js';
import { MalformedAnswer, VimDecoder } from './vim-decoder.js';

/** A call of a managed object's method. */
export interface SoapCall<Answer> {
  target: ManagedObjectReference;
  method: string;
  /** XML of the parameters, in the schema's order. */
  parameters: string;
  /** What to read of the method's result. */
  answer: Shape<Answer>;
  /** Set for what frees something at the server: it is not held up. */
  courtesy?: boolean;
}

/** vCenter's own advice is few connections per client; also what keeps us polite. */
const MAX_CALLS_AT_ONCE = 2;
/** vCenter collects the properties of a page in a few seconds even when it is slow. */
const HEADERS_TIMEOUT_MS = 120_000;
/** Longest silence within an answer. */
const BODY_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 30_000;
/** The references of a million objects, or sixty pages of machines. Answers are decoded as they come, not kept. */
const MAX_ANSWER_BYTES = 128 * 1_048_576;
/** How much of an answer that isn't for us is read before the connection is dropped, in bytes. */
const MAX_DISCARDED_BYTES = 65_536;

/** The parts of vSphere's faults that tell what they are about. */
const FAULT_DETAIL = variant({
  name: text,
  obj: reference,
  object: reference,
  privilegeId: text,
  missingPrivileges: list(record({ entity: reference, privilegeIds: list(text) })),
  invalidProperty: text,
});

const FAULT = record({ faultcode: text, faultstring: text, detail: wrappedList(FAULT_DETAIL) });

type Fault = (typeof FAULT)['value'];

/** Sends SOAP calls to one endpoint and decodes the answers as they arrive. Knows nothing of sessions. */
export class SoapTransport {
  readonly #agent: VendorAgent;
  readonly #endpoint: URL;
  readonly #gate: VendorAccess['gate'];
  #cookie: string | undefined;
  #version = '6.0';

  constructor(endpoint: URL, trust: TlsTrust, { gate, network }: Pick<VendorAccess, 'gate' | 'network'>) {
    this.#endpoint = endpoint;
    this.#gate = gate;
    this.#agent = network.agent({
      ...certificateCheck(trust),
      connections: MAX_CALLS_AT_ONCE,
      pipelining: 1,
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  get host(): string {
    return this.#endpoint.host;
  }

  /** The version of the API whose types the server may send from now on. Every server knows 6.0's. */
  useVersion(version: string): void {
    this.#version = version;
  }

  forgetSession(): void {
    this.#cookie = undefined;
  }

  /**
   * @throws {VsphereError} for whatever goes wrong between here and a result
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async call<Answer>(call: SoapCall<Answer>, signal?: AbortSignal): Promise<Answer | undefined> {
    const api = call.method === 'Login' ? SIGN_IN_API : VIM_API;
    return this.#gate.call(api, () => this.#send(call, signal), { signal, courtesy: call.courtesy });
  }

  async #send<Answer>(call: SoapCall<Answer>, signal?: AbortSignal): Promise<Answer | undefined> {
    try {
      const response = await this.#agent.request({
        origin: this.#endpoint.origin,
        path: this.#endpoint.pathname,
        method: 'POST',
        headers: this.#headers(),
        body: envelope(call.target, call.method, call.parameters),
        ...(signal === undefined ? {} : { signal }),
      });
      this.#keepCookie(response.headers['set-cookie']);
      return await this.#read(call, response);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#described(error, call.method);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #headers(): Record<string, string> {
    return {
      'content-type': 'text/xml; charset="utf-8"',
      soapaction: `urn:vim25/${this.#version}`,
      'user-agent': 'muster',
      ...(this.#cookie === undefined ? {} : { cookie: this.#cookie }),
    };
  }

  /** Sent back as it came: vCenter puts the value in quotes and wants them. */
  #keepCookie(header: string | string[] | undefined): void {
    for (const cookie of [header ?? []].flat()) {
      const pair = cookie.split(';', 1)[0]?.trim();
      if (pair?.startsWith('vmware_soap_session=') === true) this.#cookie = pair;
    }
  }

  async #read<Answer>(call: SoapCall<Answer>, response: VendorAnswer): Promise<Answer | undefined> {
    const { statusCode: status, headers, body } = response;
    const facts = { host: this.host, method: call.method };
    const isXml = /xml/i.test(String(headers['content-type'] ?? ''));
    // A fault comes with 500; any other status is a proxy's or a web server's.
    if (!isXml || (status !== 200 && status !== 500)) {
      await body.dump({ limit: MAX_DISCARDED_BYTES });
      throw this.#strangerError(status, headers, call.method);
    }
    const answer = await decoded(body, envelopeOf(call));
    const content = answer.Envelope?.Body;
    if (content?.['Fault'] !== undefined) throw this.#faultError(content['Fault'] as Fault, call.method);
    const result = content?.[`${call.method}Response`];
    if (result === undefined) {
      throw new VsphereError('NOT_VSPHERE', { ...facts, detail: 'its XML is no SOAP answer' });
    }
    return (result as { returnval?: Answer }).returnval;
  }

  #strangerError(status: number, headers: VendorAnswer['headers'], method: string): VsphereError {
    const facts = { host: this.host, method };
    if (status >= 300 && status < 400) {
      return new VsphereError('REDIRECTED', { ...facts, detail: String(headers['location'] ?? '') });
    }
    if (status === 429 || status >= 500) {
      const retryAfterMs = retryAfterOf([headers['retry-after'] ?? []].flat()[0]);
      return new VsphereError(`HTTP ${String(status)}`, {
        ...facts,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
    return new VsphereError('NOT_VSPHERE', { ...facts, detail: `HTTP ${String(status)}` });
  }

  #faultError(fault: Fault, method: string): VsphereError {
    const detail = fault.detail?.[0];
    // The detail names the fault; `faultcode` is `ServerFaultCode` for all of them, but for the version's.
    const code = detail?.type || withoutPrefix(fault.faultcode ?? '') || 'Fault';
    const missing = detail?.missingPrivileges?.[0];
    const object = detail?.obj ?? detail?.object ?? missing?.entity;
    const subject = detail?.name ?? detail?.invalidProperty ?? (object && `${object.type}:${object.value}`);
    const privilege = detail?.privilegeId ?? missing?.privilegeIds?.[0];
    return new VsphereError(code, {
      host: this.host,
      method,
      ...(fault.faultstring === undefined ? {} : { detail: fault.faultstring }),
      ...(privilege === undefined ? {} : { privilege }),
      ...(subject === undefined ? {} : { subject }),
    });
  }

  /** Gives errors of Node's and undici's the same form as vSphere's own. */
  #described(error: unknown, method: string): unknown {
    const facts = { host: this.host, method };
    if (error instanceof VsphereError) {
      return new VsphereError(error.code, { ...error.facts, ...facts }, { cause: error });
    }
    if (error instanceof MalformedAnswer || error instanceof XmlError) {
      return new VsphereError('MALFORMED_ANSWER', { ...facts, detail: error.message }, { cause: error });
    }
    const code = errorCodeOf(error);
    return code === undefined ? error : new VsphereError(code, facts, { cause: error });
  }
}

/** Any SOAP answer: a fault, or `{method}Response` around the result, which some methods don't have. */
function envelopeOf<Answer>({ method, answer }: SoapCall<Answer>) {
  const body: Shapes = { Fault: FAULT, [`${method}Response`]: record({ returnval: answer }) };
  return record({ Envelope: record({ Body: record(body) }) });
}

async function decoded<Answer>(body: AsyncIterable<Buffer>, shape: Shape<Answer>): Promise<Answer> {
  const decoder = new VimDecoder(shape);
  const characters = new StringDecoder('utf8');
  for await (const chunk of body) decoder.write(characters.write(chunk));
  decoder.write(characters.end());
  return decoder.end();
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
