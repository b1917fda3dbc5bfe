import { AuditLogRepository, CredentialAdministration } from '#database';
import { runProcess, Vault } from '#platform';

import { openConfiguredDatabase } from '../open-configured-database.js';
import { parseCommand, USAGE } from './command.js';
import { runCommand } from './run-command.js';

await runProcess(async () => {
  const command = parseCommand(process.argv.slice(2));
  if (command.verb === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const opened = await openConfiguredDatabase('credentials');
  try {
    const vault = new Vault(opened.configuration.keyring);
    const tools = {
      administration: new CredentialAdministration(opened.database, vault),
      auditLog: new AuditLogRepository(opened.database),
    };
    await runCommand(command, tools, {
      write: (text) => process.stdout.write(text),
      note: (line) => process.stderr.write(`${line}\n`),
    });
  } finally {
    await opened.close();
  }
});
