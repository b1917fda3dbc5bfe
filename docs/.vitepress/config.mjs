import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';

const DOCS = join(import.meta.dirname, '..');

/** Where the rest of the repository can be read on the web, if it can: what documents link to outside of `docs/`. */
const SOURCE_URL = process.env.DOCS_SOURCE_URL?.replace(/\/$/, '');

const SIDEBAR = [
  { text: 'Begin', pages: ['quick-start', 'concepts', 'accounts'] },
  { text: 'Vendors', pages: [...pagesOf('vendors'), 'resource-types'] },
  {
    text: 'Use',
    pages: [
      'api',
      'errors',
      'following',
      'webhooks',
      'schedules',
      'cli',
      'rpc',
      'huawei-clients',
      'coc-contract',
    ],
  },
  { text: 'Run', pages: ['configuration', 'deploy', 'redis', 'operations', 'metrics', 'tracing'] },
  {
    text: 'Contribute',
    pages: ['contributing', 'architecture', 'adding-a-resource-type', 'adding-a-vendor', 'status'],
  },
  { text: 'Decisions', pages: pagesOf('decisions'), collapsed: true },
];

export default defineConfig({
  title: 'Muster',
  description: 'Self-hosted multi-cloud inventory sync service',
  cleanUrls: true,
  themeConfig: {
    search: { provider: 'local' },
    outline: 'deep',
    sidebar: SIDEBAR.map(({ pages, ...section }) => ({ ...section, items: pages.map(toItem) })),
  },
  markdown: {
    // The same anchors as where the files themselves are read, and as the check of links has them.
    anchor: { slugify: slug },
    config: (markdown) => {
      markdown.core.ruler.push('links out of the site', leadOut);
      drawDiagrams(markdown);
    },
  },
});

assertAllNamed();

/** The pages of a folder, in the order of their names. */
function pagesOf(folder) {
  return readdirSync(join(DOCS, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file.slice(0, -'.md'.length)}`)
    .sort();
}

/** Its text is the page's own heading. */
function toItem(page) {
  return { text: headingOf(page), link: `/${page}` };
}

function headingOf(page) {
  const heading = /^# (.+)$/m.exec(readFileSync(join(DOCS, `${page}.md`), 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`docs/${page}.md has no heading.`);
  return heading.replaceAll('`', '');
}

/** A page that the sidebar lacks is one that nobody finds. */
function assertAllNamed() {
  const named = new Set(SIDEBAR.flatMap(({ pages }) => pages));
  const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('.vitepress') && path !== 'index.md')
    .map((path) => path.slice(0, -'.md'.length));
  const missing = pages.filter((page) => !named.has(page));
  if (missing.length > 0) throw new Error(`docs/.vitepress/config.mjs: SIDEBAR lacks ${missing.join(', ')}.`);
}

/** Makes links to files outside of the site lead to the source, or text of them where that is nowhere on the web. */
function leadOut(state) {
  const folder = dirname(join('docs', state.env.relativePath ?? ''));
  for (const { children } of state.tokens) {
    const left = [];
    for (const token of children ?? []) {
      if (token.type === 'link_open') left.push(leadOutOne(token, folder));
      else if (token.type === 'link_close' && left.pop()) token.tag = 'span';
    }
  }
}

/** Whether it is now text. */
function leadOutOne(token, folder) {
  const link = token.attrGet('href') ?? '';
  if (/^([a-z]+:|#|\/)/.test(link)) return false;
  const [path, anchor] = link.split('#');
  const target = normalize(join(folder, path));
  const isPage = target.startsWith('docs/') && target.endsWith('.md');
  if (isPage) return false;
  if (SOURCE_URL !== undefined) {
    token.attrSet('href', `${SOURCE_URL}/${target}${anchor === undefined ? '' : `#${anchor}`}`);
    return false;
  }
  token.tag = 'span';
  token.attrs = [['title', `in the repository: ${target}`]];
  return true;
}

/** Leaves diagrams to the theme, which draws them in the browser. */
function drawDiagrams(markdown) {
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
    return `<Diagram source="${encodeURIComponent(content)}" />`;
  };
}
