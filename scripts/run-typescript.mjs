/** `node --import ./scripts/run-typescript.mjs file.ts` runs our TypeScript sources without a build. */
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
