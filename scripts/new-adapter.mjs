/**
 * `npm run new:adapter -- HCS "Huawei Cloud Stack"` makes a vendor's folder, simulator, tests and page from
 * `libs/vendors/src/template`, which the tests hold, and registers it. `--into FOLDER` works on another clone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

import { listFiles, root, runScript, SetUpError } from './run-script.mjs';

const VENDORS = 'libs/vendors/src';
const SIMULATORS = 'libs/simulators/src';
const TYPES = 'docs/resource-types.md';
const OTHERS = '## Other vendors';
const USAGE =
  'npm run new:adapter -- VENDOR "Title", for example: npm run new:adapter -- HCS "Huawei Cloud Stack"';

await runScript(() => {
  const { vendor, title, into } = readArguments();
  const name = vendor.toLowerCase();
  checkVendor(into, vendor);
  const files = [
    ...copies(into, `${VENDORS}/template`, `${VENDORS}/${name}`),
    ...copies(into, `${SIMULATORS}/template`, `${SIMULATORS}/${name}`),
  ].map(([from, to]) => [from, to.replace(`${VENDORS}/${name}/PAGE.md`, `docs/vendors/${name}.md`)]);
  const existing = files.find(([, to]) => existsSync(join(into, to)));
  if (existing !== undefined) throw new SetUpError(`${existing[1]} is there already. Nothing was changed.`);
  for (const [from, to] of files) {
    mkdirSync(dirname(join(into, to)), { recursive: true });
    writeFileSync(join(into, to), renamed(readFileSync(join(into, from), 'utf8'), { vendor, title }));
    console.log(`+ ${to}`);
  }
  register(into, { vendor, title, name });
  console.log(
    [
      '',
      `${title} is registered, and lists what a made-up cloud has. Go on with docs/adding-a-vendor.md:`,
      `  npm test -- ${VENDORS}/${name} -u     the conformance suite; writes its golden resources`,
      '  npx eslint --fix . && npm run format  sorts what was renamed',
      '  npm run check                         formatting, lint, types, layers',
    ].join('\n'),
  );
});

function readArguments() {
  const options = { into: { type: 'string', default: root } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [vendor, title] = positionals;
  if (vendor === undefined || title === undefined || positionals.length > 2) throw new SetUpError(USAGE);
  if (!/^[\w ().&-]+$/.test(title))
    throw new SetUpError('The title may be of letters, digits, spaces and ().&-_');
  return { vendor, title, into: values.into };
}

/** The vendors are COC's; a new one begins in the enum. */
function checkVendor(into, vendor) {
  const known = [
    ...readFileSync(join(into, 'libs/domain/src/vendor.ts'), 'utf8').matchAll(/'([A-Z]+)'/g),
  ].map(([, word]) => word);
  if (!known.includes(vendor)) {
    const all = known.join(', ');
    throw new SetUpError(
      `There is no vendor ${vendor}. It must be one of libs/domain/src/vendor.ts: ${all}.`,
    );
  }
}

/** Files of a folder, with where they go. */
function copies(into, from, to) {
  return listFiles(join(into, from))
    .filter((file) => !file.endsWith('.snap')) // the suite writes the new vendor's own
    .map((file) => relative(into, file))
    .map((path) => [path, path.replace(from, to).replaceAll('template', to.split('/').at(-1))]);
}

/** The template's words become the vendor's. */
function renamed(text, { vendor, title }) {
  const name = vendor.toLowerCase();
  const capitalized = vendor[0] + name.slice(1);
  return text
    .replaceAll('Template Cloud', title)
    .replaceAll("'OTHER'", `'${vendor}'`)
    .replaceAll('# OTHER:', `# ${vendor}:`)
    .replaceAll('TEMPLATE_', `${vendor}_`)
    .replaceAll('Template', capitalized)
    .replaceAll('template', name);
}

/** The lines by which the rest of Muster knows a vendor. */
function register(into, { vendor, title, name }) {
  change(into, `${VENDORS}/catalog.ts`, (text) =>
    text
      .replace(
        /(?=\n\/\*\* What Muster can sync)/,
        `import { manifest as ${name} } from './${name}/manifest.js';\n`,
      )
      .replace(/(VENDOR_CATALOG[^=]*= \[[^\]]*)\]/, `$1, ${name}]`),
  );
  change(into, `${VENDORS}/registry.ts`, (text) =>
    text.replace(/\n};/, `\n  ${vendor}: async () => (await import('./${name}/adapter.js')).adapter,\n};`),
  );
  change(into, `${SIMULATORS}/index.ts`, (text) => `${text}export * from './${name}/index.js';\n`);
  const heading = `## ${vendor}: ${title}`;
  const page = `[vendors/${name}.md](vendors/${name}.md)`;
  const rows = ['cloudservers', 'volumes'].map((type) => `| \`${type}\` |  |  |`);
  const section = [heading, '', `A scope is a region. What is in \`properties\`: ${page}.`, '']
    .concat(`| type | at ${title} | relations |`, '| --- | --- | --- |', ...rows, '', '')
    .join('\n');
  // Before those that have none yet, if there are any.
  change(into, TYPES, (text) =>
    text.includes(OTHERS)
      ? text.replace(OTHERS, section + OTHERS)
      : `${text.trimEnd()}\n\n${section.trimEnd()}\n`,
  );
}

function change(into, path, edit) {
  const before = readFileSync(join(into, path), 'utf8');
  const after = edit(before);
  if (after === before) throw new SetUpError(`${path} is not as expected: add the vendor's line by hand.`);
  writeFileSync(join(into, path), after);
  console.log(`~ ${path}`);
}
