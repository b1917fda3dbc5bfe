/** `node --import ./scripts/run-on-build.mjs file.ts` runs a TypeScript file that is no part of the build, on it. */
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url, { data: { fromBuild: true } });
