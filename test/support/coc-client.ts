/** COC's operations. */
export const OPERATIONS = [
  'CreateVendorAccount',
  'ListVendorAccount',
  'UpdateVendorAccount',
  'SyncMultiCloudResource',
  'CountMultiCloudResources',
  'ListMultiCloudResources',
  'DeleteVendorAccount',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How a client is set up. */
export interface ClientOptions {
  endpoint: string;
  ak: string;
  sk: string;
  security_token?: string;
  /** Sets up a region instead of an endpoint, so that the client looks up its domain or project first. */
  region?: string;
  /** Which of Huawei's two kinds of credentials; global by default. */
  credentials?: 'global' | 'basic';
}

/** What a client made of an answer; a date that it has parsed is `{ date: … }` where JSON would hide it. */
export interface CocSuccess {
  status: number;
  body: Record<string, unknown>;
}

/** What a client tells its user of a refusal. */
export interface CocFailure {
  error: { status: number; code: string; message: string; requestId: string };
}

/** A client of COC, as its users have it. */
export interface CocClient {
  /** Query parameters and `id` by name; what goes into the body is in `body`. */
  call(operation: Operation, parameters: Record<string, unknown>): Promise<CocSuccess | CocFailure>;
  close(): Promise<void>;
}

/** A client that somebody else wrote. */
export interface ClientKind {
  /** As the table names it. */
  name: string;
  versions: string;
  /** What it cannot call, and why. */
  lacks: Partial<Record<Operation, string>>;
  /** Whether it can be given a region. */
  regions: boolean;
  /** Builds or installs it, where it isn't yet. */
  prepare(): Promise<void>;
  connect(options: ClientOptions): CocClient;
}
