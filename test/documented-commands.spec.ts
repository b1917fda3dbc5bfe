import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from './support/eventually.js';
import { findFreePort } from './support/free-port.js';

/**
 * Starts Muster as the README says, and runs what it and the documents tell its users to run, line by line, as the
 * shell does that they are pasted into.
 */

const ROOT = join(import.meta.dirname, '..');

/** A first start on a busy machine: a database cluster, a build, eight simulated clouds. */
const START_MS = 600_000;
const TEST_MS = 400_000;

/** What is not run here, by how its line begins, and the file that runs it, which must have the given text. */
const ELSEWHERE: [line: string, file: string, text: string][] = [
  ['npm start', 'test/documented-commands.spec.ts', "spawn('npm', ['start'"],
  ['METRICS_PORT=9464 npm start', 'test/documented-commands.spec.ts', "spawn('npm', ['start'"],
  ['OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 npm start', 'test/traces.spec.ts', 'receiver.url'],
  ['npm test -- ', 'scripts/test.mjs', 'process.argv.slice(2)'],
  ['npm test', '.ci/run', 'npm test'],
  ['TEST_QUEUE_BACKENDS=postgres,redis npm test', '.ci/run', 'TEST_QUEUE_BACKENDS=postgres,redis npm test'],
  ['npm run check', '.ci/run', 'npm run --silent layers'],
  ['npm run setup', '.ci/run', 'node scripts/setup.mjs'],
  ['npm run test:emulators', '.ci/run', 'npm run --silent test:emulators'],
  ['npm run test:faults', '.ci/run', 'npm run --silent test:faults'],
  ['npm run bench', 'package.json', '"bench": "node scripts/bench.mjs"'],
  ['npm run soak', 'package.json', '"soak": "node scripts/soak.mjs"'],
  ['npm run docs', '.ci/run', 'npm run --silent docs'],
  ['bash .ci/run', '.ci/run', 'bash .ci/run'],
  ['node --experimental-vm-modules node_modules/jest', 'scripts/test.mjs', 'node_modules/jest/bin/jest.js'],
  ['node dist/apps/', 'test/support/muster-process.ts', '`dist/apps/${app}/src/main.js`'],
  [
    'export DATABASE_URL=postgresql://muster:secret@db.example/muster',
    'test/support/muster-process.ts',
    'environment',
  ],
  ['export QUEUE_URL=redis://:secret@redis.example:6379', 'test/support/muster-process.ts', 'environment'],
  ['export MUSTER_KEYRING_FILE=', 'test/support/muster-process.ts', 'environment'],
  ['npm run new:adapter', 'test/new-adapter.spec.ts', 'scripts/new-adapter.mjs'],
  // Without an engine for containers.
  ['docker compose up', 'docker-compose.yml', 'docker compose up --detach --wait'],
  ['DATABASE_URL=postgresql://muster:muster-development@', 'docker-compose.yml', 'muster-development'],
];

/** Whole documents whose commands another suite runs. */
const DOCUMENTS_ELSEWHERE: Record<string, string> = {
  'docs/cli.md': 'test/cli.spec.ts',
  'docs/deploy.md': 'test/deployment.spec.ts',
};

/** The requests that the documents say may be refused, with the answer's status. */
const REFUSED: [path: RegExp, status: string][] = [
  [/\/sync\/[-0-9a-f]+\/(cancel|retry)$/, '409'], // what is over and has succeeded
];

/** Curl that says which request had which answer, and takes a stream to its first event. */
const PRELUDE = `set -euo pipefail
curl() {
  if [[ " $* " == *" -sN "* ]]; then
    grep --max-count=1 '^data: ' < <(command curl "$@" 2>/dev/null)
  else
    command curl --write-out '%{stderr}answered: %{method} %{url} %{http_code}\\n' "$@" && echo
  fi
}
npm() { if [[ $1 == run ]]; then set -- --prefix '${ROOT}' "$@"; fi; command npm "$@"; }
muster() { node '${ROOT}/scripts/muster.mjs' "$@"; }
npx() { command npx --prefix '${ROOT}' "$@"; }
MUSTER=http://127.0.0.1:3000
AUTH="Authorization: Bearer $MUSTER_API_KEY"
`;

/** What is there already where a document's lines are run. */
const GIVEN: Record<string, () => Promise<string>> = {
  'docs/contributing.md': async () => {
    for (const file of [
      'package.json',
      'package-lock.json',
      'nest-cli.json',
      'tsconfig.json',
      'apps/api/src/api.module.ts',
    ]) {
      await mkdir(join(home, dirname(file)), { recursive: true });
      await copyFile(join(ROOT, file), join(home, file));
    }
    return '';
  },
  'docs/vendors/other.md': async () => {
    const document = await readFile(join(ROOT, 'docs/vendors/other.md'), 'utf8');
    for (const example of ['netbox.yaml', 'digitalocean.yaml']) {
      await copyFile(join(ROOT, 'docs/vendors/other', example), join(home, example));
    }
    const rows = Array.from({ length: 20 }, (_, row) => `${String(row)};host-${String(row)};parked;;;ops`);
    await writeFile(join(home, 'inventory.csv'), `Serial;Host;State;IPv4;IPv6;Team\n${rows.join('\n')}\n`);
    const id = await addOther('csv', blockWith(document, 'format: csv'));
    await addOther('lab', blockWith(document, 'source: push'));
    return `export TOKEN=secret ID=${id}\n`;
  },
  'docs/vendors/openstack.md': async () => {
    await mkdir(join(home, '.config/openstack'), { recursive: true });
    const auth = '{auth_url: https://127.0.0.1:9/v3, username: muster, password: secret, project_name: lab}';
    await writeFile(join(home, '.config/openstack/clouds.yaml'), `clouds: {mycloud: {auth: ${auth}}}\n`);
    return '';
  },
};

const documents = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
].filter(
  (path) =>
    /^(?!docs\/\.vitepress\/).*\.md$/.test(path) &&
    DOCUMENTS_ELSEWHERE[path] === undefined &&
    linesOf(path).length > 0,
);
/** Adds an account without a vCenter, which schedules are then made for; nothing is synced after that. */
const LAST = ['docs/accounts.md', 'docs/schedules.md'];
const inOrder = [...documents.filter((path) => !LAST.includes(path)), ...LAST];

let home: string;
let child: ReturnType<typeof spawn>;
let output = '';
let url = '';
let apiKey = '';
let metricsPort: number;

/** What the documents' lines need beside Node.js. CI has it all; elsewhere it is said what is missing. */
const missing = ['bash', 'curl', 'jq', 'openssl'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);
const everywhere = missing.length === 0 || process.env['CI'] !== undefined ? describe : describe.skip;

const lacking = missing.length === 0 ? '' : `, without ${missing.join(', ')}`;

everywhere(`what users are told to run${lacking}`, () => {
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'muster-documented-'));
    metricsPort = await findFreePort();
    child = spawn('npm', ['start', '--silent'], { cwd: ROOT, env: environment(), detached: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (part: string) => (output += part));
    }
    await eventually(
      'npm start has started',
      () => {
        if (child.exitCode !== null) throw new Error(`npm start has ended:\n${output}`);
        return output.includes('Ctrl-C stops it.');
      },
      START_MS,
    );
    url = /API {4}(\S+)/.exec(output)?.[1] ?? '';
    apiKey = /MUSTER_API_KEY='([^']+)'/.exec(output)?.[1] ?? '';
  }, START_MS);

  afterAll(async () => {
    if (child.pid !== undefined && child.exitCode === null) {
      // As Ctrl-C does: to npm, and to what it has started. It is over when nothing holds its output any more.
      const closed = once(child, 'close');
      process.kill(-child.pid, 'SIGINT');
      await closed;
    }
    await rm(home, { recursive: true, force: true });
  }, TEST_MS);

  describe('npm start', () => {
    it('has synced every vendor of its demo', () => {
      const rows = output.split('\n').filter((line) => /│ (SUCCEEDED|PARTIAL|FAILED)/.test(line));
      expect(rows).toHaveLength(8);
      for (const row of rows) expect(row).toContain('SUCCEEDED');
    });

    it('greets with lines that work', async () => {
      const lines = /Try it:\n(.*)\nCtrl-C/s.exec(output)?.[1] ?? '';
      expect(lines.match(/curl /g)).toHaveLength(5);
      const { answers, output: printed } = await run(lines.replace(/^ {2}\(.*$/gm, ''));
      expect(answers.map(({ status }) => status)).toEqual(['200', '200', '200', '200', '200']);
      expect(printed).toContain('{"data":300}');
    });
  });

  describe('the documents', () => {
    it.each(inOrder)(
      '%s has no line that does not work',
      async (path) => {
        const script = linesOf(path).join('\n').replaceAll('mk_…', apiKey);
        const given = (await GIVEN[path]?.()) ?? '';
        const syncing = new AbortController();
        const background = keepSyncing(syncing.signal);
        const {
          code,
          output: printed,
          errors,
          answers,
        } = await run(given + script).finally(() => syncing.abort());
        await background;
        if (code !== 0)
          throw new Error(`The lines have ended with ${String(code)}:\n${printed.slice(-2_000)}\n${errors}`);
        for (const { method, path: called, status } of answers) {
          const refused = REFUSED.find(([pattern]) => pattern.test(called))?.[1];
          expect(`${method} ${called} ${status}`).toMatch(
            new RegExp(` (2\\d\\d${refused === undefined ? '' : `|${refused}`})$`),
          );
        }
        expect(answers.length > 0).toBe(/curl (?!-sN)/.test(script));
      },
      TEST_MS,
    );

    it('are run here or where it says', async () => {
      for (const [line, file, text] of ELSEWHERE) {
        expect([line, await readFile(join(ROOT, file), 'utf8')]).toEqual([
          line,
          expect.stringContaining(text),
        ]);
      }
      for (const [document, file] of Object.entries(DOCUMENTS_ELSEWHERE)) {
        expect(await readFile(join(ROOT, file), 'utf8')).toContain(`'${document}'`);
      }
    });
  });
});

/** The lines of a document for a shell, but for those that are run elsewhere. */
function linesOf(path: string): string[] {
  const document = readFileSync(join(ROOT, path), 'utf8');
  const blocks = [...document.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  return blocks
    .flatMap((block) => block.replaceAll(/ \\\n +/g, ' ').split('\n'))
    .filter((line) => !ELSEWHERE.some(([elsewhere]) => line.startsWith(elsewhere)));
}

/** A YAML block of a document, by what is in it. */
function blockWith(document: string, text: string): string {
  const blocks = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  return blocks.find((block) => block.includes(text)) ?? '';
}

interface Ran {
  code: number | null;
  output: string;
  errors: string;
  answers: { method: string; path: string; status: string }[];
}

/** Runs lines in a folder of their own, whose `.muster` is that of this Muster. */
async function run(lines: string): Promise<Ran> {
  const script = `${PRELUDE}${lines}`
    .replaceAll('http://127.0.0.1:3000', url)
    .replaceAll('http://127.0.0.1:9464', `http://127.0.0.1:${String(metricsPort)}`);
  const shell = spawn('bash', ['-c', script], {
    cwd: home,
    env: { ...environment(), MUSTER_URL: url, MUSTER_API_KEY: apiKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let errors = '';
  shell.stdout.setEncoding('utf8').on('data', (part: string) => (printed += part));
  shell.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
  const [code] = (await once(shell, 'exit')) as [number | null];
  const answers = [...errors.matchAll(/^answered: (\S+) (\S+) (\d+)$/gm)].map(
    ([, method, called, status]) => ({
      method: method ?? '',
      path: new URL(called ?? '').pathname,
      status: status ?? '',
    }),
  );
  return { code, output: printed, errors, answers };
}

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    PORT: '0',
    METRICS_PORT: String(metricsPort),
    MUSTER_DATA_DIR: join(home, '.muster'),
    // Accounts that lead nowhere are added without waiting for what a check says.
    ACCOUNT_CHECK_SECONDS: '0',
    HOST_IDENTITY_TENANTS: 'default',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Adds an account of any other cloud by its connector; returns its id. */
async function addOther(accountId: string, connector: string): Promise<string> {
  const body = {
    vendor: 'OTHER',
    account_id: accountId,
    account_name: accountId,
    ak: '-',
    sk: '-',
    settings: { connector },
  };
  return ((await post('/v1/vendor-account', body)) as { data: string }).data;
}

async function post(path: string, body: object): Promise<unknown> {
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`POST ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Has something happen, for those who wait for it, until it is enough. */
async function keepSyncing(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await post('/v1/multicloud-resources/sync', { vendor: 'HCS' });
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
}
