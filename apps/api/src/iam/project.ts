/** What a tenant's one project is called when nobody asks by a name. */
export const DEFAULT_PROJECT = 'default';

/** The id of a tenant's one project, which goes by the name of every region: 32 hex digits, as Huawei's. */
export function projectId(tenantId: string): string {
  return tenantId.replaceAll('-', '');
}
