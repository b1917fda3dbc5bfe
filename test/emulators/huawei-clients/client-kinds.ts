import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ClientKind, ClientOptions, CocClient, Operation } from '../../support/coc-client.js';
import { TerraformClient } from '../../support/terraform-client.js';
import { prepareGo, preparePython } from '../prepared.js';
import { ClientOfReleases, ClientProcess } from './client-process.js';

const HERE = import.meta.dirname;
/** What the current releases of Huawei's clients have dropped. */
const DROPPED: Operation = 'ListMultiCloudResources';

/** The version that a file pins, so that the table names no other. */
function pinned(file: string, version: RegExp): string {
  const found = version.exec(readFileSync(join(HERE, '../..', file), 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${file} pins no version of Huawei’s client.`);
  return found;
}

/** Programs by release: the listing's and, for all else, the current one. */
interface Programs {
  current: string;
  listing: string;
}

function releases(connect: (program: string) => CocClient, { current, listing }: Programs): CocClient {
  const [one, other] = [connect(current), connect(listing)];
  return new ClientOfReleases([one, other], (operation) => (operation === DROPPED ? other : one));
}

const PINNED_PYTHON = /^huaweicloudsdkcoc==(\S+)$/m;
const CURRENT_PYTHON = pinned('emulators/huawei-clients/python/current.txt', PINNED_PYTHON);
const LISTING_PYTHON = pinned('emulators/huawei-clients/python/listing.txt', PINNED_PYTHON);

function python(): ClientKind {
  const programs: Programs = { current: '', listing: '' };
  const install = (version: string, file: string) =>
    preparePython(`huaweicloudsdkcoc-${version}`, join(HERE, 'python', file));
  return {
    name: 'Python',
    versions: `\`huaweicloudsdkcoc\` ${CURRENT_PYTHON}, for the listing ${LISTING_PYTHON}`,
    lacks: {},
    regions: true,
    async prepare() {
      programs.current = await install(CURRENT_PYTHON, 'current.txt');
      programs.listing = await install(LISTING_PYTHON, 'listing.txt');
    },
    connect: (options) =>
      releases(
        (program) => new ClientProcess(program, [join(HERE, 'python', 'client.py')], options),
        programs,
      ),
  };
}

const PINNED_GO = /huaweicloud-sdk-go-v3 v(\S+)/;
const CURRENT_GO = pinned('emulators/huawei-clients/go/go.mod', PINNED_GO);
const LISTING_GO = pinned('emulators/huawei-clients/go/go.listing.mod', PINNED_GO);

function go(): ClientKind {
  const programs: Programs = { current: '', listing: '' };
  const build = (version: string, flags: readonly string[]) =>
    prepareGo(`huaweicloud-sdk-go-v3-${version}`, join(HERE, 'go'), flags);
  return {
    name: 'Go',
    versions: `\`huaweicloud-sdk-go-v3\` ${CURRENT_GO}, for the listing ${LISTING_GO}`,
    lacks: {},
    regions: true,
    async prepare() {
      programs.current = await build(CURRENT_GO, []);
      programs.listing = await build(LISTING_GO, ['-modfile=go.listing.mod', '-tags=listing']);
    },
    connect: (options) => releases((program) => new ClientProcess(program, [], options), programs),
  };
}

const NODE = pinned('../package.json', /"@huaweicloud\/huaweicloud-sdk-core": "([^"]+)"/);

const node: ClientKind = {
  name: 'Node',
  versions: `\`@huaweicloud/huaweicloud-sdk-core\` ${NODE}; COC’s own client is not on npm`,
  lacks: {},
  regions: true,
  prepare: () => Promise.resolve(),
  connect: (options: ClientOptions) =>
    new ClientProcess(process.execPath, [join(HERE, 'node', 'client.mjs')], options),
};

const terraform: ClientKind = {
  name: 'Terraform (replayed)',
  versions:
    'the requests of `terraform-provider-huaweicloud` 1.80, as its code makes and signs them; it is not run itself',
  lacks: {
    CountMultiCloudResources: 'nothing in the provider counts resources',
    ListMultiCloudResources: 'nothing in the provider reads resources',
  },
  regions: false,
  prepare: () => Promise.resolve(),
  connect: (options: ClientOptions) => new TerraformClient(options),
};

/** Every client that the suite runs. */
export const CLIENT_KINDS: readonly ClientKind[] = [python(), go(), node, terraform];
