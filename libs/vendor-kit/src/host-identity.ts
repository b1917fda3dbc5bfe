/**
 * What an account may use of the machine that Muster runs on: who the machine is at the vendor, as its environment,
 * its container or its cloud tell it. It is the operator's, and of all tenants on the operator's list.
 */
export interface HostIdentity {
  /**
   * By what the vendor tells the tenants who use this identity apart, where it asks for that: else one of them could
   * name another's role, which trusts this machine (a "confused deputy").
   */
  externalId: string;
}

/**
 * The setting by which an account signs in with the machine's identity. A vendor that has it declares it among its
 * settings; others refuse it as unknown.
 */
interface HostIdentitySettings {
  host_identity?: unknown;
}

/** Whether an account with these settings signs in with the identity of the machine that Muster runs on. */
export function usesHostIdentity(settings: object): boolean {
  return (settings as HostIdentitySettings).host_identity === true;
}

/** Made of the tenant's id, so that it stays, no two tenants share it, and nobody chooses it. It is no secret. */
export function externalIdOf(tenantId: string): string {
  return `muster-${tenantId}`;
}

/** Which tenants' accounts may use the machine's identity: those that Muster's operator names. */
export class HostIdentityPolicy {
  private readonly tenants: ReadonlySet<string>;

  /** @param tenants their names */
  constructor(tenants: readonly string[]) {
    this.tenants = new Set(tenants);
  }

  /** Why a tenant may not, for its users; undefined when it may. */
  refusalOf(tenant: string): string | undefined {
    if (this.tenants.has(tenant)) return undefined;
    return (
      `settings.host_identity: the tenant ${tenant} may not use the identity of the machine that Muster runs on. ` +
      `If it is meant, have Muster's operator name the tenant in HOST_IDENTITY_TENANTS; or leave the setting out, ` +
      `and give the account an ak and sk of its own.`
    );
  }
}
