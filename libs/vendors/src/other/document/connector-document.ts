import type { JsonObject, RelationKind, ResourceStatus } from '#domain';

/**
 * How a cloud that Muster doesn't know is read: what the account's setting `connector` holds. `connector-schema.ts`
 * says the same to a validator, `check-connector.ts` what a schema cannot say.
 */
export interface ConnectorDocument {
  version: 1;
  /** Where the API is: `https://cmdb.example.com/api`. */
  base_url: string;
  auth: AuthenticationDocument;
  /** Lets secrets go over HTTP without TLS. */
  allow_insecure_http?: boolean;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** One of {@link CALL_RATES}. Default: 5. */
  requests_per_second?: number;
  /** How the API says that it failed, where its HTTP status doesn't. */
  errors?: ErrorsDocument;
  streams: readonly StreamDocument[];
}

/** How a request is let in. Secrets are the account's `ak` and `sk`; the document holds none. */
export type AuthenticationDocument =
  | { type: 'none' }
  | { type: 'basic' }
  | { type: 'bearer' }
  | { type: 'header'; name: string; value: string }
  | {
      type: 'oauth2_client_credentials';
      token_url: string;
      scope?: string;
      audience?: string;
      /** Where the token endpoint looks for client id and secret. Default: `basic`. */
      client_authentication?: 'basic' | 'body';
    }
  | {
      type: 'oauth2_jwt_bearer';
      token_url: string;
      scope?: string;
      /** Default: the token URL. */
      audience?: string;
      /** Default: the account's `ak`. */
      issuer?: string;
    }
  | { type: 'tencent_tc3'; service?: string };

/** What a code of the API's own may mean. */
export const ERROR_KINDS = [
  'credentials',
  'permission',
  'throttled',
  'unavailable',
  'absent',
  'cursor_expired',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface ErrorsDocument {
  /** JMESPath over an answer: the code of its error; null where there is none. */
  code?: string;
  /** JMESPath over an answer: what it says of it. */
  message?: string;
  /** Codes, `HTTP 404` among them, and what they mean. */
  kinds?: Readonly<Record<string, ErrorKind>>;
}

export type QueryValue = string | number | boolean | readonly string[];

export interface RequestDocument {
  /** Default: GET. */
  method?: 'GET' | 'POST';
  /** Behind the base URL. */
  path: string;
  query?: Readonly<Record<string, QueryValue>>;
  headers?: Readonly<Record<string, string>>;
  /** JSON, of a POST. */
  body?: JsonObject;
}

/** Where a paging parameter stands. */
export type ParameterPlace = 'query' | 'body';

export type PaginationDocument =
  | { type: 'none'; total?: string }
  | {
      type: 'page';
      parameter: string;
      in?: ParameterPlace;
      start?: number;
      total?: string;
      total_pages?: string;
      last?: string;
    }
  | { type: 'offset'; parameter: string; in?: ParameterPlace; start?: number; total?: string }
  | {
      type: 'cursor';
      parameter: string;
      in?: ParameterPlace;
      cursor: string;
      has_more?: string;
      total?: string;
    }
  | { type: 'next_link'; next: string; total?: string }
  | { type: 'link_header'; total?: string };

/** JMESPath over a record. */
export interface MappingDocument {
  id: string;
  name?: string;
  status?: string;
  region?: string;
  zone?: string;
  addresses?: string;
  tags?: string;
  created_at?: string;
  /** Default: the record. */
  properties?: string;
  relations?: readonly { kind: RelationKind; type: string; id: string }[];
}

/** One listing: resources of one type. */
export interface StreamDocument {
  /** Part of every resource's identity. */
  name: string;
  /** The resource type, in our vocabulary. */
  type: string;
  /** Where the stream is, if not at the document's. */
  base_url?: string;
  /** What the listing is repeated for: regions, projects. `${partition}` in the request is each of them. */
  partitions?: readonly string[];
  request: RequestDocument;
  /** JMESPath over an answer: its list of records. */
  records: string;
  pagination: PaginationDocument;
  mapping: MappingDocument;
  /** The API's words for states, and ours; whatever the case. */
  states?: Readonly<Record<string, ResourceStatus>>;
  /** The status of a state that neither `states` nor Muster knows. Default: `unknown`. */
  default_status?: ResourceStatus;
  /** Instead of the document's. */
  errors?: ErrorsDocument;
}

/** What an account may ask for a second. */
export const CALL_RATES = [1, 2, 5, 10, 20, 50, 100] as const;
export const DEFAULT_CALL_RATE = 5;
