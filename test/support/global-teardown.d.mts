/** See global-teardown.mjs. */
export default function globalTeardown(): Promise<void>;
