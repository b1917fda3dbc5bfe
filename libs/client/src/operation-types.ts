import type { Client, ClientPathsWithMethod, MaybeOptionalInit, MethodResponse } from 'openapi-fetch';

import type { components, paths } from './schema.js';

/** What Muster takes and answers, by the names it has in the OpenAPI document: `Schemas['Resource']`. */
export type Schemas = components['schemas'];

export type Method = 'get' | 'post' | 'put' | 'delete';

/** The paths that have a method. */
export type Path<M extends Method> = ClientPathsWithMethod<Client<paths>, M>;

/** What a request is made of: its parameters and body, as the document has them, and how long to wait for it. */
export type CallOptions<M extends Method, P extends Path<M>> = Sent<
  NonNullable<MaybeOptionalInit<paths[P], M>>
>;

/** The options, which can be left out where nothing of them is required. */
export type OptionalCallOptions<M extends Method, P extends Path<M>> =
  undefined extends MaybeOptionalInit<paths[P], M>
    ? [options?: CallOptions<M, P>]
    : [options: CallOptions<M, P>];

/** The body of the answer to a request that succeeds. */
export type Answer<M extends Method, P extends Path<M>> = MethodResponse<Client<paths>, M, P>;

/** The paths of listings: what takes a marker. */
export type ListingPath = {
  [P in Path<'get'>]: 'marker' extends keyof Query<P> ? P : never;
}[Path<'get'>];

/** An item of a listing. */
export type Item<P extends ListingPath> =
  Answer<'get', P> extends { data: readonly (infer I)[] }
    ? I
    : Answer<'get', P> extends { data: { cells: readonly (infer I)[] } }
      ? I
      : never;

/** The options of a whole listing: where it begins and how large its pages are is the client's to say. */
export type ListingOptions<P extends ListingPath> = Omit<CallOptions<'get', P>, 'params'> & {
  params: Omit<Parameters<P>, 'query'> & WholeQuery<P>;
  /** How many items to fetch at once, at most and by default 500. */
  pageSize?: number;
};

/** The options, which can be left out where a listing needs neither a path's parameters nor a filter. */
export type OptionalListingOptions<P extends ListingPath> = object extends ListingOptions<P>['params']
  ? [options?: Omit<ListingOptions<P>, 'params'> & Partial<Pick<ListingOptions<P>, 'params'>>]
  : [options: ListingOptions<P>];

interface Waiting {
  /** Ends the request. What it then throws is the signal's reason. */
  signal?: AbortSignal;
  /** How long the whole answer may take, in milliseconds, instead of the client's. */
  timeoutMs?: number;
}

/** Whatever else openapi-fetch lets a request set would have another answer than the one that is typed here. */
type Sent<Init> = Pick<Init, Extract<keyof Init, 'params' | 'body'>> & Waiting;

type Parameters<P extends Path<'get'>> = paths[P]['get'] extends { parameters: infer Given } ? Given : never;

type Query<P extends Path<'get'>> =
  Parameters<P> extends { query?: infer Given } ? NonNullable<Given> : never;

type Filter<P extends ListingPath> = Omit<Query<P>, 'limit' | 'marker' | 'offset'>;

type WholeQuery<P extends ListingPath> =
  object extends Filter<P> ? { query?: Filter<P> } : { query: Filter<P> };
