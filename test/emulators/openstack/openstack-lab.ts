import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Scripts that install and start a real OpenStack of Debian's packages, beside the checkout. */
const FOLDER = resolve(import.meta.dirname, '../../../../shared/openstack-lab');
const DATA = '/var/tmp/oslab';
/** Packages take some ten minutes, and the first start two, on a machine that has nothing else to do. */
const START_TIMEOUT_MS = 40 * 60 * 1000;
const STOP_TIMEOUT_MS = 5 * 60 * 1000;
/** Its own waits for its daemons are short for a busy machine; each attempt goes on where the last one stopped. */
const ATTEMPTS = 3;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const SHOWN_CHARACTERS = 4_000;

const execute = promisify(execFile);

/** How to get at a running OpenStack. */
export interface OpenstackLab {
  authUrl: string;
  /** Of all its users: `admin`, `sync-member`, `sync-reader`, `nobody`. */
  password: string;
  /** Of the user `sync-member`, by project. */
  credentials: Readonly<Record<string, { id: string; secret: string }>>;
}

interface LabFile {
  auth_url: string;
  password: string;
  application_credentials: OpenstackLab['credentials'];
}

/**
 * Starts it, installing and filling it first where needed. What runs already stays as it is.
 * @throws saying what is missing, or how its scripts failed
 */
export async function startOpenstackLab(
  environment: Readonly<Record<string, string>> = {},
): Promise<OpenstackLab> {
  await access(join(FOLDER, 'up.sh')).catch((cause: unknown) => {
    throw new Error(`The suite on a real OpenStack needs its scripts in ${FOLDER}, and root to run them.`, {
      cause,
    });
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await run('up.sh', environment, START_TIMEOUT_MS);
      break;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
  const file = JSON.parse(await readFile(join(DATA, 'openrc.json'), 'utf8')) as LabFile;
  return { authUrl: file.auth_url, password: file.password, credentials: file.application_credentials };
}

/** Stops it, and keeps what it has. */
export async function stopOpenstackLab(): Promise<void> {
  await run('down.sh', {}, STOP_TIMEOUT_MS);
}

async function run(
  script: string,
  environment: Readonly<Record<string, string>>,
  timeout: number,
): Promise<void> {
  try {
    await execute('bash', [join(FOLDER, script)], {
      timeout,
      maxBuffer: MAX_OUTPUT_BYTES,
      env: { ...process.env, OSLAB_DIR: DATA, ...environment },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().slice(-SHOWN_CHARACTERS);
    throw new Error(`${script} of the OpenStack lab failed:\n${said}`, { cause: error });
  }
}
