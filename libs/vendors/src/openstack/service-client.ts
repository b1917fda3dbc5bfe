import { endpointOf } from './catalog.js';
import { hasStatus, type Identity, type Token } from './identity.js';
import { chosenMicroversion, type Microversion } from './microversion.js';
import { OpenstackError } from './openstack-error.js';
import type { OpenstackAnswer, OpenstackHttp } from './openstack-http.js';
import { type ServiceKey, SERVICES } from './services.js';
import type { OpenstackSettings } from './settings.js';

/** Where something is listed, and with whose token. */
export interface Place {
  service: ServiceKey;
  region: string;
  /** Absent: the project that the settings lead to. */
  projectId: string | undefined;
}

/** A listing's call. */
export interface ListCall extends Place {
  /** Behind the service's root: `/servers/detail`. */
  path: string;
  query: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Calls the services that Keystone's catalog names. */
export class ServiceClient {
  /** Nova's microversions, by its root. */
  readonly #microversions = new Map<string, Promise<Microversion>>();

  constructor(
    private readonly identity: Identity,
    private readonly http: OpenstackHttp,
    private readonly settings: OpenstackSettings,
  ) {}

  /** The host of a service; Keystone's where the catalog doesn't have it. */
  async hostOf(place: Place, signal: AbortSignal): Promise<string> {
    const token = await this.identity.token(place.projectId, signal);
    return this.#rootOf(place, token).host;
  }

  /** The newest version of Nova's API that both it and we know. */
  async microversion(place: Place, signal: AbortSignal): Promise<Microversion> {
    const token = await this.identity.token(place.projectId, signal);
    return await this.#microversionOf(place, this.#rootOf(place, token), signal);
  }

  /** @throws as {@link OpenstackHttp.call} */
  async list(call: ListCall, signal: AbortSignal): Promise<OpenstackAnswer> {
    const { query } = call;
    const send = async (token: Token): Promise<OpenstackAnswer> => {
      const url = this.#rootOf(call, token);
      const versions = call.service === 'compute' ? await this.#versionHeaders(call, url, signal) : {};
      url.pathname += call.path;
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return await this.#get(
        { url, path: call.path, headers: { ...versions, ...call.headers }, marker: query['marker'] },
        call,
        { token, signal },
      );
    };
    try {
      return await this.#withToken(call.projectId, signal, send);
    } catch (error) {
      // Nova was upgraded, or taken back: what it offers is asked again at the next try.
      if (hasStatus(error, [406])) this.#microversions.clear();
      throw error;
    }
  }

  /** Once more with a new token, where one is refused: revoked, or the clocks of the cloud's servers differ. */
  async #withToken<Result>(
    projectId: string | undefined,
    signal: AbortSignal,
    send: (token: Token) => Promise<Result>,
  ): Promise<Result> {
    const token = await this.identity.token(projectId, signal);
    try {
      return await send(token);
    } catch (error) {
      if (!hasStatus(error, [401])) throw error;
      this.identity.forget(token);
    }
    try {
      return await send(await this.identity.token(projectId, signal));
    } catch (error) {
      if (!(error instanceof OpenstackError) || error.code !== 'HTTP 401') throw error;
      throw new OpenstackError('TOKEN_REFUSED', error.facts, { cause: error });
    }
  }

  async #get(
    request: {
      url: URL;
      path: string;
      headers: Readonly<Record<string, string>>;
      marker?: string | undefined;
    },
    { service, region }: Place,
    { token, signal }: { token: Token; signal: AbortSignal },
  ): Promise<OpenstackAnswer> {
    const { name } = SERVICES[service];
    return await this.http.call(
      {
        api: region === '' ? name : `${name}/${region}`,
        operation: `${name} GET ${request.path}`,
        url: request.url,
        headers: { ...request.headers, 'x-auth-token': token.id },
        marker: request.marker,
      },
      signal,
    );
  }

  /** The service's URL, up to its version. */
  #rootOf({ service, region, projectId }: Place, token: Token): URL {
    const { name, root } = SERVICES[service];
    const wanted = this.settings.interface ?? 'public';
    const url = endpointOf(token.catalog, SERVICES[service], { region, wanted });
    if (url === undefined) {
      const subject = `${wanted} endpoint of "${name}"${region === '' ? '' : ` in region ${region}`}`;
      throw new OpenstackError('NO_SERVICE', { host: this.identity.host, subject });
    }
    const isClear = url.protocol === 'http:' && !this.identity.isClear;
    if (isClear && this.settings.allow_http !== true) {
      throw new OpenstackError('INSECURE_ENDPOINT', { host: url.host, subject: name });
    }
    url.pathname = root(url, projectId ?? token.project?.id ?? '');
    return url;
  }

  async #versionHeaders(place: Place, root: URL, signal: AbortSignal): Promise<Record<string, string>> {
    const { version } = await this.#microversionOf(place, root, signal);
    if (version === undefined) return {};
    // Clouds before Newton know the second one only.
    return { 'openstack-api-version': `compute ${version}`, 'x-openstack-nova-api-version': version };
  }

  async #microversionOf(place: Place, root: URL, signal: AbortSignal): Promise<Microversion> {
    // Who asked first may have been aborted; then we ask.
    const known = await this.#microversions.get(root.href)?.catch(() => undefined);
    if (known !== undefined) return known;
    const asking = this.#askMicroversion(place, root, signal);
    this.#microversions.set(root.href, asking);
    try {
      return await asking;
    } catch (error) {
      this.#microversions.delete(root.href);
      throw error;
    }
  }

  async #askMicroversion(place: Place, root: URL, signal: AbortSignal): Promise<Microversion> {
    const token = await this.identity.token(place.projectId, signal);
    const url = new URL(root);
    // An old catalog's URL has the project behind the version.
    url.pathname = url.pathname.replace(/(\/v\d+(?:\.\d+)?)(\/.*)?$/, '$1/');
    const { document } = await this.#get({ url, path: '/', headers: {} }, place, { token, signal });
    return chosenMicroversion(document);
  }
}
