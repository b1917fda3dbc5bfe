import type { SimulatedRequest } from '../../http/simulator-server.js';
import type { Principal, Principals } from '../access/principals.js';
import type { AwsEstate, RegionEstate } from '../estate/aws-estate.js';
import type { SimulatedOrganization } from '../estate/organization.js';
import { AwsFault } from '../protocol/aws-fault.js';
import type { PageTokens } from '../protocol/page-token.js';
import type { Output, ServiceProtocol } from '../protocol/service-protocol.js';

/** What an operation is called with. */
export interface OperationCall {
  name: string;
  /** The query's or the form's. */
  parameters: URLSearchParams;
  request: SimulatedRequest;
  principal: Principal;
  principals: Principals;
  /** The region that the request is signed for. */
  region: string;
  regions: readonly SimulatedRegion[];
  account: AwsEstate;
  /** That of all accounts, if they are in one. */
  organization: SimulatedOrganization | undefined;
  estate: RegionEstate;
  tokens: PageTokens;
}

export interface SimulatedRegion {
  name: string;
  optInStatus: 'opt-in-not-required' | 'opted-in' | 'not-opted-in';
}

export type Operation = (call: OperationCall) => Output;

/** A service, or that version of one which a client asks for. */
export interface SimulatedAwsService {
  /** As in permissions. */
  name: string;
  /** As signatures name it. */
  signingName: string;
  protocol: ServiceProtocol;
  /** Finds the operation that a request means; `undefined` when it is of another service or version. */
  operationOf: (request: SimulatedRequest, parameters: URLSearchParams) => string | undefined;
  operations: Readonly<Record<string, Operation>>;
}

/** How a listing pages, in a service's words. */
export interface Paging {
  sizeParameter: string;
  tokenParameter: string;
  /** How few and how many items a client may ask for, and how many it gets if it doesn't. */
  sizes: readonly [min: number, max: number, standard: number];
  /** The code for a token that is not, or no longer, valid. */
  tokenCode: string;
  /** The code for a size that may not be asked for. */
  sizeCode: string;
}

/** What can be listed page by page: a collection, or a part of one. */
export interface Pages<Item extends object> {
  page(begin: number, size: number): { items: Item[]; next: number | undefined };
}

/**
 * The page of a collection that a call asks for.
 * @throws {AwsFault} when it asks for what may not be asked
 */
export function pageOf<Item extends object>(
  { name, region, parameters, tokens }: OperationCall,
  collection: Pages<Item>,
  { sizeParameter, tokenParameter, sizes: [min, max, standard], tokenCode, sizeCode }: Paging,
): { items: Item[]; token: string | undefined } {
  const asked = parameters.get(sizeParameter);
  const size = asked === null ? standard : Number(asked);
  if (!Number.isInteger(size) || size < min || size > max)
    throw new AwsFault(sizeCode, `Value ( ${asked ?? ''} ) for parameter ${sizeParameter} is invalid.`);
  const token = parameters.get(tokenParameter);
  const of = `${region} ${name}`;
  const begin = token === null ? 0 : tokens.read(token, of, tokenCode);
  const { items, next } = collection.page(begin, size);
  return { items, token: next === undefined ? undefined : tokens.create(of, next) };
}
