/**
 * What a container runs: one of these programs, by the first word of its command, in the container's first process, so
 * that signals reach it. Any other word is one of the command line client.
 */
const PROGRAMS = {
  api: '../dist/apps/api/src/main.js',
  worker: '../dist/apps/worker/src/main.js',
  migrate: '../dist/apps/muster/src/migrate/main.js',
  credentials: '../dist/apps/muster/src/credentials/main.js',
  vault: '../dist/apps/muster/src/vault/main.js',
};

const program = Object.hasOwn(PROGRAMS, process.argv[2]) ? PROGRAMS[process.argv[2]] : undefined;
if (program !== undefined) process.argv.splice(2, 1);
await import(program ?? '../dist/apps/cli/src/main.js');
