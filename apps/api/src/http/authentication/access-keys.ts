import { Inject, Injectable } from '@nestjs/common';

import { type AccessKey, CredentialRepository } from '#database';

/** How long a key pair may go on being used that was revoked or rotated meanwhile, in milliseconds. */
const KEPT_MS = 5_000;
const MAX_KEPT = 1_000;

/** Key pairs in use, so that a request costs neither a query nor opening a sealed secret. */
@Injectable()
export class AccessKeys {
  private readonly kept = new Map<string, { accessKey: AccessKey; until: number }>();

  constructor(@Inject(CredentialRepository) private readonly credentials: CredentialRepository) {}

  /** The key pair as it was at most some seconds ago. */
  async find(name: string): Promise<AccessKey | undefined> {
    const found = this.kept.get(name);
    return found !== undefined && found.until > performance.now() ? found.accessKey : this.findAnew(name);
  }

  /** The key pair as it is now. */
  async findAnew(name: string): Promise<AccessKey | undefined> {
    const accessKey = await this.credentials.findAccessKey(name);
    this.kept.delete(name);
    if (accessKey === undefined) return undefined; // whoever makes up names fills no memory
    for (const oldest of this.kept.keys()) {
      if (this.kept.size < MAX_KEPT) break;
      this.kept.delete(oldest);
    }
    this.kept.set(name, { accessKey, until: performance.now() + KEPT_MS });
    return accessKey;
  }
}
