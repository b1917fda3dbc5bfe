import { randomUUID } from 'node:crypto';

import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer, plainText } from '../http/answer.js';
import type { HttpFailure } from '../http/planned-failures.js';
import type { SimulatedCall, SimulatedRequest, SimulatedService } from '../http/simulator-server.js';
import { AliFault, notAllowed } from './ali-fault.js';
import { type AliState, estateOf } from './ali-state.js';
import type { SimulatedKey } from './key-ring.js';
import { listPage } from './list-page.js';
import { type ListOperation, OPERATIONS, wholeNumber } from './operations.js';
import { answerOss, OSS_ACTIONS, ossCallOf, ossFault } from './oss-service.js';
import { SignatureCheck } from './signatures.js';
import { listDatabaseTags } from './tag-listing.js';

/** What RAM's actions begin with, where that isn't the product's name. */
const RAM_PREFIXES: Readonly<Record<string, string>> = { fcv3: 'fc' };
const MIN_ROLE_SECONDS = 900;

/** A call, as its address and its parameters say. */
interface AddressedCall {
  product: string;
  /** The region whose endpoint it was sent to. */
  region: string;
  action: string;
  version: string;
  parameters: URLSearchParams;
  check: () => SimulatedKey;
}

/**
 * Alibaba Cloud's products on one address, told apart by the first two parts of the path: `/ecs/cn-hangzhou`.
 * Beyond that it is what the real ones take, in the RPC and in the ROA style.
 */
export class AliService implements SimulatedService {
  private readonly signatures: SignatureCheck;

  constructor(private readonly state: AliState) {
    this.signatures = new SignatureCheck(state.keys, () => Date.now() + state.failures.clockAheadMs);
  }

  read(request: SimulatedRequest): SimulatedCall | Answer {
    const [, product, region, path = '/'] = /^\/([^/]+)\/([^/]+)(\/.*)?$/.exec(request.url.pathname) ?? [];
    if (product === undefined || region === undefined) return plainText(404, 'Not found');
    if (product === 'oss') {
      const call = ossCallOf(path, request.url.searchParams);
      if (call === undefined) return plainText(404, 'Not found');
      return { name: call.action, answer: () => answerOss(this.state, request, { ...call, region }) };
    }
    const call = this.address(request, product, region, path);
    return { name: call.action, answer: () => this.answer(call) };
  }

  takeFailure(action: string): HttpFailure | undefined {
    const failure = this.state.failures.take(action);
    if (failure?.kind !== 'error') return failure;
    const { status, code, headers = {} } = failure;
    const fault = new AliFault(status, code, 'Injected by the test.', { headers });
    const isOss = OSS_ACTIONS.some((each) => each === action);
    const answer = isOss ? ossFault(fault) : fault.toAnswer(randomUUID().toUpperCase(), 'simulator');
    return { kind: 'answer', answer };
  }

  private address(request: SimulatedRequest, product: string, region: string, path: string): AddressedCall {
    const operation = OPERATIONS.find((other) => other.product === product && other.path === path);
    if (operation !== undefined && request.method === 'GET') {
      return {
        product,
        region,
        action: operation.action,
        version: request.headers['x-acs-version']?.toString() ?? '',
        parameters: request.url.searchParams,
        check: () => this.signatures.roa(request, path),
      };
    }
    const parameters = new URLSearchParams(
      request.method === 'POST' ? request.body.toString('utf8') : request.url.search,
    );
    return {
      product,
      region,
      action: parameters.get('Action') ?? '(none)',
      version: parameters.get('Version') ?? '',
      parameters,
      check: () => this.signatures.rpc(request.method, parameters),
    };
  }

  private answer(call: AddressedCall): Answer {
    const requestId = randomUUID().toUpperCase();
    try {
      return jsonAnswer(200, { RequestId: requestId, ...this.perform(call, call.check()) });
    } catch (error) {
      if (error instanceof AliFault) return error.toAnswer(requestId, `${call.product}.${call.region}`);
      throw error;
    }
  }

  private perform(call: AddressedCall, key: SimulatedKey): JsonObject {
    const { product, region, action, version, parameters } = call;
    const { failures } = this.state;
    if (failures.downRegions.has(region)) {
      throw new AliFault(503, 'ServiceUnavailable', 'The request has failed due to a temporary failure.');
    }
    if (product === 'sts') return this.signIn(call, key);
    const ramAction = `${RAM_PREFIXES[product] ?? product}:${action}`;
    if (failures.deniedActions.has(ramAction)) throw notAllowed(ramAction);
    if (product === 'ecs' && action === 'DescribeRegions') return this.regions();
    if (ramAction === 'resourcecenter:GetResourceCenterServiceStatus') {
      return { AccountId: key.accountId, ...failures.resourceCenter };
    }
    if (product === 'resourcemanager') return this.askDirectory(call, key);
    const estate = estateOf(this.state, key);
    const { tokenEpoch } = failures;
    if (ramAction === 'rds:ListTagResources' && version === '2014-08-15') {
      return listDatabaseTags(estate, { parameters, region, tokenEpoch });
    }
    const operation = OPERATIONS.find((other) => other.product === product && other.action === action);
    if (operation === undefined) {
      throw new AliFault(404, 'InvalidAction.NotFound', 'Specified api is not found.');
    }
    if (operation.version !== version) {
      throw new AliFault(400, 'InvalidVersion', 'Specified parameter Version is not valid.');
    }
    if (operation.isGlobal !== true) this.expectRegion(operation, call);
    return operation.body(listPage(estate, { operation, parameters, region, tokenEpoch }));
  }

  private askDirectory(
    { action, version, parameters }: AddressedCall,
    { accountId }: SimulatedKey,
  ): JsonObject {
    if (version !== '2020-03-31') {
      throw new AliFault(400, 'InvalidVersion', 'Specified parameter Version is not valid.');
    }
    const { directory } = this.state;
    if (directory === undefined) {
      throw new AliFault(404, 'EntityNotExists.ResourceDirectory', 'The account has no resource directory.');
    }
    const answer = directory.answer(action, parameters, accountId);
    if (answer !== undefined) return answer;
    throw new AliFault(404, 'InvalidAction.NotFound', 'Specified api is not found.');
  }

  private expectRegion({ product, path }: ListOperation, { region, parameters }: AddressedCall): void {
    const isOffered = !this.state.failures.missingProducts.has(`${product} ${region}`);
    // ACK answers for any region from any, Function Compute for its own.
    const named = parameters.get(path === undefined ? 'RegionId' : 'region_id') ?? (path && region);
    if (this.state.estate.has(region) && isOffered && named === region) return;
    throw new AliFault(404, 'InvalidRegionId.NotFound', 'The specified RegionId does not exist.');
  }

  private regions(): JsonObject {
    const region = this.state.estate.regions.map((id) => ({
      RegionId: id,
      RegionEndpoint: `ecs.${id}.aliyuncs.com`,
      LocalName: id.replace(/^cn-(.)/, (_, first: string) => `China ${first.toUpperCase()}`),
      Status: 'available',
    }));
    return { Regions: { Region: region } };
  }

  private signIn({ action, version, parameters }: AddressedCall, key: SimulatedKey): JsonObject {
    if (version !== '2015-04-01') {
      throw new AliFault(400, 'InvalidVersion', 'Specified parameter Version is not valid.');
    }
    if (action === 'GetCallerIdentity') return identityOf(key);
    if (action !== 'AssumeRole') {
      throw new AliFault(404, 'InvalidAction.NotFound', 'Specified api is not found.');
    }
    if (this.state.failures.deniedActions.has('sts:AssumeRole')) throw notAllowed('sts:AssumeRole');
    const session = parameters.get('RoleSessionName') ?? '';
    const seconds = wholeNumber(parameters, 'DurationSeconds', 3_600);
    if (seconds < MIN_ROLE_SECONDS || session.length < 2) {
      throw new AliFault(400, 'InvalidParameter', 'DurationSeconds or RoleSessionName is not valid.');
    }
    const arn = parameters.get('RoleArn') ?? '';
    const role = this.state.keys.assume(arn, seconds, parameters.get('ExternalId') ?? undefined);
    return {
      AssumedRoleUser: {
        Arn: `${arn}/${session}`.replace(':role/', ':assumed-role/'),
        AssumedRoleId: `3${session}`,
      },
      Credentials: {
        AccessKeyId: role.id,
        AccessKeySecret: role.secret,
        SecurityToken: role.token,
        Expiration: new Date(role.expiresAt).toISOString(),
      },
    };
  }
}

function identityOf({ accountId, token }: SimulatedKey): JsonObject {
  const type = token === undefined ? 'RAMUser' : 'AssumedRoleUser';
  return {
    IdentityType: type,
    AccountId: accountId,
    PrincipalId: '200000000000000000',
    UserId: '200000000000000000',
    Arn: `acs:ram::${accountId}:${token === undefined ? 'user/muster' : 'assumed-role/muster/muster'}`,
  };
}
