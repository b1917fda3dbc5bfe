import type { Answer } from '../http/answer.js';
import { plainText } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import type { Principal, Principals } from './access/principals.js';
import type { AwsFaults } from './aws-faults.js';
import type { AwsEstate } from './estate/aws-estate.js';
import type { SimulatedOrganization } from './estate/organization.js';
import { ec2 } from './operations/ec2.js';
import { organizations, resourceExplorer } from './operations/json-services.js';
import type { Operation, SimulatedAwsService, SimulatedRegion } from './operations/operation.js';
import { autoScaling, classicLoadBalancing, loadBalancing, rds } from './operations/query-services.js';
import { eks, lambda, route53, s3 } from './operations/rest-services.js';
import { assumeByWebIdentity, sts, WEB_IDENTITY } from './operations/sts.js';
import { AwsFault } from './protocol/aws-fault.js';
import type { PageTokens } from './protocol/page-token.js';
import { readSignature, type SignatureScope, verifySignature } from './protocol/signature.js';

const SERVICES: readonly SimulatedAwsService[] = [
  ec2,
  sts,
  rds,
  loadBalancing,
  classicLoadBalancing,
  autoScaling,
  eks,
  lambda,
  s3,
  route53,
  organizations,
  resourceExplorer,
];
const FORBIDDEN = 403;

/** What a simulated AWS knows. */
export interface AwsState {
  principals: Principals;
  regions: readonly SimulatedRegion[];
  faults: AwsFaults;
  tokens: PageTokens;
  /** By account. */
  estates: ReadonlyMap<string, AwsEstate>;
  organization: SimulatedOrganization | undefined;
}

/** A request that was understood. */
interface UnderstoodRequest {
  request: SimulatedRequest;
  parameters: URLSearchParams;
  scope: SignatureScope;
  service: SimulatedAwsService;
  operation: string;
}

/** AWS's services, over HTTP. Which of them, and which region, a request's signature says. */
export class AwsService implements SimulatedService {
  constructor(private readonly state: AwsState) {}

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const scope = readSignature(request);
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    const parameters = isForm ? new URLSearchParams(request.body.toString('utf8')) : parametersOf(request);
    if (scope === undefined) return this.readUnsigned(parameters);
    for (const service of SERVICES) {
      if (service.signingName !== scope.service) continue;
      const operation = service.operationOf(request, parameters);
      if (operation === undefined) continue;
      const understood = { request, parameters, scope, service, operation };
      return { name: `${service.name}:${operation}`, answer: () => this.answer(understood) };
    }
    return plainText(404, 'The simulated AWS knows no such service, version or operation.');
  }

  private readUnsigned(parameters: URLSearchParams): SimulatedCall | Answer {
    if (parameters.get('Action') !== WEB_IDENTITY)
      return plainText(FORBIDDEN, 'Missing Authentication Token');
    return {
      name: `${sts.name}:${WEB_IDENTITY}`,
      answer: () => assumeByWebIdentity(this.state.principals, parameters),
    };
  }

  takeFailure(call: string): HttpFailure | undefined {
    const failure = this.state.faults.take(call);
    if (failure?.kind !== 'error') return failure;
    const service = SERVICES.find(({ name }) => call.startsWith(`${name}:`)) ?? ec2;
    const fault = new AwsFault(failure.code, 'Injected by the test.', failure.status ?? 400);
    const answer = service.protocol.fault(fault);
    return { kind: 'answer', answer: { ...answer, headers: { ...answer.headers, ...failure.headers } } };
  }

  private answer(understood: UnderstoodRequest): Answer {
    const answer = this.result(understood);
    const date = new Date(this.now()).toUTCString();
    return { ...answer, headers: { ...answer.headers, date } };
  }

  private now(): number {
    return Date.now() + this.state.faults.clockAheadMs;
  }

  private result(understood: UnderstoodRequest): Answer {
    const { service, operation } = understood;
    try {
      return service.protocol.answer(operation, this.run(understood));
    } catch (error) {
      if (error instanceof AwsFault) return service.protocol.fault(error);
      throw error;
    }
  }

  /** @throws {AwsFault} as AWS does: who it is comes first, what they may do next, what they ask last */
  private run({ request, parameters, scope, service, operation }: UnderstoodRequest) {
    const { principals, regions, faults, tokens, estates, organization } = this.state;
    const principal = this.authenticate(request, scope, service);
    const { region } = scope;
    if (faults.isDown(region)) throw new AwsFault('InternalError', 'An internal error has occurred', 500);
    const run: Operation | undefined = service.operations[operation];
    if (run === undefined)
      throw new AwsFault('InvalidAction', `The action ${operation} is not valid for this web service.`);
    const account = estates.get(principal.account);
    if (account === undefined) throw new AwsFault('InternalError', 'The account has no estate', 500);
    this.authorize(principal, service, operation);
    return run({
      name: operation,
      parameters,
      request,
      principal,
      principals,
      region,
      regions,
      account,
      organization,
      estate: account.region(region),
      tokens,
    });
  }

  private authenticate(
    request: SimulatedRequest,
    scope: SignatureScope,
    { protocol: { codes, unknownKeyStatus } }: SimulatedAwsService,
  ): Principal {
    const { principals, regions } = this.state;
    const principal = principals.find(scope.accessKeyId);
    const region = regions.find(({ name }) => name === scope.region);
    // A region that an account hasn't enabled knows none of its keys.
    if (principal === undefined || region === undefined || region.optInStatus === 'not-opted-in')
      throw new AwsFault(
        codes.unknownKey,
        'The security token included in the request is invalid.',
        unknownKeyStatus,
      );
    if (this.state.organization?.isSuspended(principal.account) === true)
      throw new AwsFault(codes.unknownKey, 'The account is suspended.', unknownKeyStatus);
    if (principal.sessionToken !== request.headers['x-amz-security-token'])
      throw new AwsFault(
        codes.wrongToken,
        'The security token included in the request is invalid.',
        unknownKeyStatus,
      );
    const verdict = verifySignature(request, scope, principal.secretAccessKey, this.now());
    if (verdict === 'skewed')
      throw new AwsFault(codes.wrongTime, 'Signature expired: it is earlier than 5 minutes ago.', FORBIDDEN);
    if (verdict === 'wrong')
      throw new AwsFault(
        codes.wrongSignature,
        'The request signature we calculated does not match the signature you provided.',
        FORBIDDEN,
      );
    if (principals.use(principal)) return principal;
    throw codes.endedToken === 'RequestExpired'
      ? new AwsFault(codes.endedToken, 'Request has expired.')
      : new AwsFault(codes.endedToken, 'The security token included in the request is expired', FORBIDDEN);
  }

  private authorize(
    { account, arn }: Principal,
    { name, protocol }: SimulatedAwsService,
    operation: string,
  ): void {
    const action = `${name.replace(/-classic$/, '')}:${operation === 'ListBuckets' ? 'ListAllMyBuckets' : operation}`;
    if (!this.state.faults.isDenied(account, action)) return;
    const because = `because no identity-based policy allows the ${action} action`;
    const refusal = `User: ${arn} is not authorized to perform: ${action} ${because}`;
    const isEc2 = protocol.codes.denied === 'UnauthorizedOperation';
    const message = isEc2 ? `You are not authorized to perform this operation. ${refusal}` : refusal;
    throw new AwsFault(protocol.codes.denied, message, FORBIDDEN);
  }
}

/** What is asked for in the path's query or, if there is one, in a body of JSON; as far as it is no list or object. */
function parametersOf({ url, headers, body }: SimulatedRequest): URLSearchParams {
  const isJson = /^application\/(x-amz-)?json/.test(headers['content-type'] ?? '') && body.length > 0;
  if (!isJson) return url.searchParams;
  const fields = Object.entries(JSON.parse(body.toString('utf8')) as Record<string, unknown>);
  const parameters = new URLSearchParams();
  for (const [name, value] of fields) {
    if (typeof value === 'string' || typeof value === 'number') parameters.set(name, String(value));
  }
  return parameters;
}
