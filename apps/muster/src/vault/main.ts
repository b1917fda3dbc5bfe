import { AuditLogRepository, newAuditEntry, rewrapSecrets, SealedSecretRepository } from '#database';
import { runProcess, Vault } from '#platform';

import { commandingUser } from '../audited.js';
import { type ConfiguredDatabase, openConfiguredDatabase } from '../open-configured-database.js';
import { parseVaultCommandLine, USAGE } from './command-line.js';
import { renderRotation, renderStatus } from './render-vault.js';

const LEFT_TO_DO = 1;
const INTERRUPTED = 130; // what a shell reports for a process that Ctrl-C ended

await runProcess(async () => {
  const command = parseVaultCommandLine(process.argv.slice(2));
  if (command === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  const opened = await openConfiguredDatabase('vault');
  try {
    if (command === 'rotate') await rotate(opened, interrupt.signal);
    await showStatus(opened);
    if (interrupt.signal.aborted) process.exitCode = INTERRUPTED;
  } finally {
    await opened.close();
  }
});

async function rotate({ database, configuration }: ConfiguredDatabase, signal: AbortSignal): Promise<void> {
  const secrets = new SealedSecretRepository(database);
  const auditLog = new AuditLogRepository(database);
  // Before anything is wrapped anew, as that is many transactions.
  const entries = await auditLog.addForEach((tenantId) =>
    newAuditEntry({
      source: 'command',
      actor: commandingUser(),
      tenantId,
      action: 'muster:vault:rotate',
      targets: [],
    }),
  );
  const report = await rewrapSecrets(secrets, new Vault(configuration.keyring), signal);
  process.stdout.write(renderRotation(report));
  if (signal.aborted) process.stdout.write('Interrupted: npm run vault -- rotate goes on.\n');
  const left = (await secrets.countByVersion()).some(({ version }) => version !== report.version);
  if (left) process.exitCode = LEFT_TO_DO;
  const outcome = left ? 'FAILED' : 'SUCCEEDED';
  await auditLog.add(entries.map((entry) => ({ entry, outcome: { outcome } })));
}

async function showStatus({ database, configuration: { keyring } }: ConfiguredDatabase): Promise<void> {
  const status = {
    current: await keyring.currentVersion(),
    versions: keyring.versions,
    uses: await new SealedSecretRepository(database).countByVersion(),
  };
  process.stdout.write(renderStatus(status));
}
