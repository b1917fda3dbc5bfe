import { type Answer, jsonAnswer } from '../http/answer.js';
import type { SimulatedRequest } from '../http/simulator-server.js';
import { armError } from './arm-error.js';
import type { AzureEstate, EstateTable, SimulatedResource } from './azure-estate.js';
import type { AzureFaults } from './azure-faults.js';

const ACCOUNTS_PER_PAGE = 2;
const CONTAINERS_PER_PAGE = 5_000;
const ACCOUNT_TYPE = 'microsoft.storage/storageaccounts';

/** The storage resource provider: what there is to manage of storage accounts and blob containers. */
export class StorageService {
  constructor(
    private readonly estate: AzureEstate,
    private readonly faults: AzureFaults,
  ) {}

  accounts(request: SimulatedRequest, subscriptionId: string): Answer {
    const accounts = this.all('resources', subscriptionId).filter(
      ({ type }) => type.toLowerCase() === ACCOUNT_TYPE,
    );
    return this.page(request, accounts, ACCOUNTS_PER_PAGE);
  }

  containers(request: SimulatedRequest, subscriptionId: string): Answer {
    const id = decodeURIComponent(request.url.pathname)
      .replace(/\/blobServices\/.*$/i, '')
      .toLowerCase();
    const account = this.all('resources', subscriptionId).find((one) => one.id.toLowerCase() === id);
    if (account === undefined)
      return jsonAnswer(404, armError('ResourceNotFound', `The Resource '${id}' was not found.`));
    if (account.kind === 'FileStorage')
      return jsonAnswer(
        400,
        armError('FeatureNotSupportedForAccount', 'Blob is not supported for the account.'),
      );
    const containers = this.all('blobcontainers', subscriptionId).filter((one) =>
      one.id.toLowerCase().startsWith(`${id}/`),
    );
    const asked = Number(request.url.searchParams.get('$maxpagesize') ?? CONTAINERS_PER_PAGE);
    return this.page(request, containers, Math.min(asked, CONTAINERS_PER_PAGE));
  }

  /** Tokens hold the last id of a page, so that what is deleted meanwhile hides nothing. */
  private page(
    { url, headers }: SimulatedRequest,
    resources: readonly SimulatedResource[],
    size: number,
  ): Answer {
    const token = url.searchParams.get('$skipToken');
    const [epoch, last = ''] = token?.split(' ') ?? [String(this.faults.storageEpoch)];
    if (epoch !== String(this.faults.storageEpoch))
      return jsonAnswer(400, armError('InvalidQueryParameterValue', 'The skip token has expired.'));
    const rest = resources.filter(({ id }) => id.toLowerCase() > last);
    const value = rest.slice(0, size);
    const next = new URL(`https://${headers.host ?? ''}${url.pathname}${url.search}`);
    next.searchParams.set('$skipToken', `${epoch} ${value.at(-1)?.id.toLowerCase() ?? ''}`);
    return jsonAnswer(200, {
      value: value.map(documentOf),
      ...(rest.length > size ? { nextLink: next.href } : {}),
    });
  }

  private all(table: EstateTable, subscriptionId: string): SimulatedResource[] {
    const numbers = Array.from(
      { length: this.estate.blockCount(table, subscriptionId) },
      (_, number) => number,
    );
    return numbers.flatMap((number) => this.estate.block(table, subscriptionId, number).resources);
  }
}

/** What a list says of a resource: a container has no place of its own. */
function documentOf({ id, name, type, kind, sku, tags, location, properties }: SimulatedResource) {
  const isContainer = type.toLowerCase() !== ACCOUNT_TYPE;
  return isContainer
    ? { id, name, type, etag: '"0x8D59F830C5AB5BF"', properties }
    : { id, name, type, kind, sku, tags, location, properties };
}
