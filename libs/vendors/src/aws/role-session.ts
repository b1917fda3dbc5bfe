import type { AwsKey } from './aws-clients.js';

/** A new session is asked for so long before the old one ends. */
const RENEW_MS = 5 * 60 * 1_000;

/** The key of an assumed role: one session for all clients, until it is about to end. */
export class RoleSession {
  private session: Promise<AwsKey> | undefined;

  /** @param open assumes the role */
  constructor(private readonly open: () => Promise<AwsKey>) {}

  /** Who comes while a session is being opened waits for it. */
  key(): Promise<AwsKey> {
    const last = this.session?.catch(() => undefined) ?? Promise.resolve(undefined);
    this.session = last.then((key) => {
      const isLasting = (key?.expiration?.getTime() ?? 0) - Date.now() > RENEW_MS;
      return key !== undefined && isLasting ? key : this.open();
    });
    return this.session;
  }
}
