import { format } from 'prettier';

import { type ClientKind, type Operation, OPERATIONS } from '../../support/coc-client.js';

/** What else is tried with every client, beside the operations. */
const BEHAVIOURS = [
  'temporary keys with a security token',
  'a region, with the domain or project looked up',
  'errors: status, code, message and request id',
] as const;
export type Row = Operation | (typeof BEHAVIOURS)[number];

/** What came of each test that has passed: `<client>: <row>`. */
export type Outcomes = Map<string, 'passed'>;

const NOT_THERE = '—';

/** The document that records which client calls what with which result. */
export async function clientTable(kinds: readonly ClientKind[], outcomes: Outcomes): Promise<string> {
  const rows: readonly Row[] = [...OPERATIONS, ...BEHAVIOURS];
  const cell = (kind: ClientKind, row: Row) => {
    if (isLacking(kind, row)) return NOT_THERE;
    return outcomes.get(`${kind.name}: ${row}`) ?? 'FAILED';
  };
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const missing = kinds.flatMap((kind) =>
    Object.entries(kind.lacks).map(([operation, why]) => `- ${kind.name}, \`${operation}\`: ${why}.`),
  );
  const text = [
    '# Huawei’s own clients',
    '',
    'Huawei’s clients as they are published, and the requests of its Terraform provider, against a running Muster ' +
      'that syncs a simulated vCenter (vcsim): each signs by its own means, and gets only its own address to call. ' +
      '`npm run test:emulators -- test/emulators/huawei-clients.emulator.spec.ts` calls every operation with every ' +
      'client, and compares this page with what came of it (`UPDATE_GOLDEN=1` writes it).',
    '',
    line(['', ...kinds.map(({ name }) => name)]),
    line(['---', ...kinds.map(() => '---')]),
    ...rows.map((row) =>
      line([isOperation(row) ? `\`${row}\`` : row, ...kinds.map((kind) => cell(kind, row))]),
    ),
    '',
    `${NOT_THERE}: the client has no such thing.`,
    '',
    ...missing,
    '',
    'Versions:',
    '',
    ...kinds.map(({ name, versions }) => `- ${name}: ${versions}.`),
    '',
  ].join('\n');
  return format(text, { parser: 'markdown', proseWrap: 'preserve' });
}

function isLacking(kind: ClientKind, row: Row): boolean {
  if (isOperation(row)) return kind.lacks[row] !== undefined;
  return row === BEHAVIOURS[1] && !kind.regions;
}

function isOperation(row: Row): row is Operation {
  return (OPERATIONS as readonly string[]).includes(row);
}
