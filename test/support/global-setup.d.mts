/** See global-setup.mjs. */
export default function globalSetup(): Promise<void>;
