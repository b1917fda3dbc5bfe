/**
 * Node.js module hooks that run our TypeScript sources without a build: for Jest's global set-up and for
 * processes that tests start. `npm start` runs the compiled code instead.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { transform } from '@swc/core';

const ROOT = new URL('../', import.meta.url);
/** What the build compiles. */
const BUILT = ['apps/', 'libs/'].map((folder) => new URL(folder, ROOT).href);

/** Whether what is built is taken from the build. */
let fromBuild = false;

/** Is told what `register` is given. */
export function initialize(options) {
  fromBuild = options?.fromBuild === true;
}

export async function resolve(specifier, context, next) {
  const conditions = fromBuild ? context.conditions : [...context.conditions, 'muster-source'];
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/js$/, 'ts'), context.parentURL);
    if (fromBuild && BUILT.some((folder) => source.href.startsWith(folder))) {
      const path = source.href.slice(ROOT.href.length).replace(/ts$/, 'js');
      return await next(new URL(`dist/${path}`, ROOT).href, context);
    }
    if (existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
  }
  return await next(specifier, { ...context, conditions });
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return await next(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, 'utf8'), {
    filename: file,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
    configFile: false,
    swcrc: false,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
