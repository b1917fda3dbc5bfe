import {
  constants,
  createPublicKey,
  createVerify,
  randomUUID,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto';

import { type Answer, jsonAnswer } from '../http/answer.js';
import type { SimulatedRequest } from '../http/simulator-server.js';

/** What a token is asked for: Azure Resource Manager of the public cloud. */
const SCOPE = 'https://management.azure.com/.default';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const TOKEN_SECONDS = 3_599;

/** An application, as Microsoft Entra ID knows it. */
export interface SimulatedApplication {
  tenantId: string;
  clientId: string;
  clientSecret: string;
  /** The certificate that it may sign in with, too. */
  certificatePem?: string;
}

/** A simulated Microsoft Entra ID, as far as applications sign in by themselves. */
export class TokenEndpoint {
  private readonly tokens = new Map<string, number>();

  constructor(
    private readonly application: SimulatedApplication,
    private readonly tokenSeconds = TOKEN_SECONDS,
  ) {}

  /** Whether an `Authorization` header has a token that was given out and is still good. */
  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
    return (this.tokens.get(token) ?? 0) > Date.now();
  }

  forgetTokens(): void {
    this.tokens.clear();
  }

  /** The answer to a look-up of how to sign in. */
  configuration(tenant: string, origin: string): Answer {
    if (!this.isTenant(tenant)) return this.noTenant(tenant);
    const { tenantId } = this.application;
    return jsonAnswer(200, {
      token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
      issuer: `${origin}/${tenantId}/v2.0`,
      jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
      end_session_endpoint: `${origin}/${tenant}/oauth2/v2.0/logout`,
      response_types_supported: ['code', 'id_token'],
      subject_types_supported: ['pairwise'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    });
  }

  /** The answer to a request for a token. */
  token(tenant: string, request: SimulatedRequest): Answer {
    const form = new URLSearchParams(request.body.toString('utf8'));
    const { clientId } = this.application;
    if (!this.isTenant(tenant)) return this.noTenant(tenant);
    if (form.get('grant_type') !== 'client_credentials') {
      return refusal(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    }
    if (form.get('client_id') !== clientId) {
      const text = `Application with identifier '${form.get('client_id') ?? ''}' was not found in the directory 'Simulated'.`;
      return refusal(400, 'unauthorized_client', 700016, text);
    }
    // The SDK asks for OpenID's usual scopes beside it.
    if (!(form.get('scope') ?? '').split(' ').includes(SCOPE)) {
      const text = `The resource principal named ${form.get('scope') ?? ''} was not found in the tenant.`;
      return refusal(400, 'invalid_resource', 500011, text);
    }
    const problem = form.has('client_assertion')
      ? this.assertionProblem(tenant, form, request)
      : this.secretProblem(form);
    if (problem !== undefined) return problem;
    const token = `simulated.${randomUUID()}.${randomUUID()}`;
    this.tokens.set(token, Date.now() + this.tokenSeconds * 1_000);
    return jsonAnswer(200, {
      token_type: 'Bearer',
      expires_in: this.tokenSeconds,
      ext_expires_in: this.tokenSeconds,
      access_token: token,
    });
  }

  private isTenant(tenant: string): boolean {
    return tenant.toLowerCase() === this.application.tenantId.toLowerCase();
  }

  private noTenant(tenant: string): Answer {
    const text = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`;
    return refusal(400, 'invalid_request', 90002, text);
  }

  private secretProblem(form: URLSearchParams): Answer | undefined {
    const [given, wanted] = [form.get('client_secret') ?? '', this.application.clientSecret].map((text) =>
      Buffer.from(text),
    );
    if (
      given?.length === wanted?.length &&
      timingSafeEqual(given ?? Buffer.alloc(0), wanted ?? Buffer.alloc(0))
    ) {
      return undefined;
    }
    const text =
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.';
    return refusal(401, 'invalid_client', 7000215, text);
  }

  /** "Microsoft identity platform application authentication certificate credentials" says what an assertion is. */
  private assertionProblem(
    tenant: string,
    form: URLSearchParams,
    request: SimulatedRequest,
  ): Answer | undefined {
    const { certificatePem = '', clientId } = this.application;
    const bad = (text: string) => refusal(401, 'invalid_client', 700027, text);
    if (certificatePem === '')
      return bad('The certificate used to sign the client assertion is not registered.');
    if (form.get('client_assertion_type') !== ASSERTION_TYPE)
      return bad('The assertion has an unknown type.');
    const [head = '', payload = '', signature = ''] = (form.get('client_assertion') ?? '').split('.');
    const header = decoded(head);
    const certificate = new X509Certificate(certificatePem);
    const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString(
      'base64url',
    );
    if (header['alg'] !== 'PS256' || header['x5t#S256'] !== thumbprint) {
      return bad('The key was not found by the thumbprint of the certificate.');
    }
    const verifier = createVerify('RSA-SHA256').update(`${head}.${payload}`);
    const key = createPublicKey(certificatePem);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    if (!verifier.verify({ key, padding, saltLength: 32 }, signature, 'base64url')) {
      return bad('The signature of the assertion is not valid.');
    }
    const claims = decoded(payload);
    const audience = `https://${request.headers.host ?? ''}/${tenant}/oauth2/v2.0/token`;
    const now = Date.now() / 1_000;
    const isFresh = Number(claims['nbf']) <= now + 300 && Number(claims['exp']) > now - 300;
    if (!isFresh)
      return refusal(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
    const isOurs = claims['iss'] === clientId && claims['sub'] === clientId && claims['aud'] === audience;
    return isOurs ? undefined : bad('The assertion is of another application, or for another audience.');
  }
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
}

function refusal(status: number, error: string, code: number, text: string): Answer {
  const trace = `Trace ID: ${randomUUID()} Correlation ID: ${randomUUID()} Timestamp: 2026-01-01 00:00:00Z`;
  return jsonAnswer(status, {
    error,
    error_description: `AADSTS${String(code)}: ${text} ${trace}`,
    error_codes: [code],
    timestamp: '2026-01-01 00:00:00Z',
    trace_id: randomUUID(),
    correlation_id: randomUUID(),
    error_uri: `https://login.microsoftonline.com/error?code=${String(code)}`,
  });
}
