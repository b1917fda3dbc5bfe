import { StartError } from '#platform';

/** A sync task as the demo shows it: the few fields of `SyncTaskDto` that it reads. */
export interface DemoTask {
  state: string;
  progress: { units: number; units_finished: number };
  counts: { seen: number; created: number; updated: number; unchanged: number; deleted: number };
  accounts: {
    error: { message: string } | null;
    units: { type: string; state: string; seen: number; error: { message: string } | null }[];
  }[];
}

/** A listed resource, as the demo shows it. */
export interface DemoResource {
  name: string;
  region_id: string;
  properties: Record<string, unknown>;
}

interface DemoAccount {
  id: string;
}

/** The demo's way to the API: over HTTP, as every user's. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  async listAccounts(vendor: string, accountId: string): Promise<DemoAccount[]> {
    const query = new URLSearchParams({ limit: '1', vendor, account_id: accountId });
    return this.call<DemoAccount[]>('GET', `/v1/vendor-account?${query.toString()}`);
  }

  async createAccount(account: object): Promise<string> {
    return this.call<string>('POST', '/v1/vendor-account', account);
  }

  async updateAccount(id: string, changes: object): Promise<string> {
    return this.call<string>('PUT', `/v1/vendor-account/${id}`, changes);
  }

  async requestSync(vendor: string, accountId: string): Promise<string> {
    return this.call<string>('POST', '/v1/multicloud-resources/sync', { vendor, account_id: accountId });
  }

  async showTask(taskId: string): Promise<DemoTask> {
    return this.call<DemoTask>('GET', `/v1/multicloud-resources/sync/${taskId}`);
  }

  async listResources(vendor: string, type: string, limit: number): Promise<DemoResource[]> {
    const query = new URLSearchParams({ vendor, type, limit: String(limit) });
    return this.call<DemoResource[]>('GET', `/v1/multicloud-resources?${query.toString()}`);
  }

  async countResources(vendor: string, type: string): Promise<number> {
    const query = new URLSearchParams({ vendor, type });
    return this.call<number>('GET', `/v1/multicloud-resources/count?${query.toString()}`);
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.apiKey}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { data: T; error_code?: string; error_msg?: string };
    if (!response.ok) {
      throw new StartError(`${method} ${path}: ${answer.error_code ?? ''} ${answer.error_msg ?? ''}`);
    }
    return answer.data;
  }
}
