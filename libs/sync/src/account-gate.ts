import { setTimeout as delay } from 'node:timers/promises';

import { type CallBucketRepository, isDatabaseUnavailable } from '#database';
import {
  type CallLimit,
  type CallRefusal,
  type CallTerms,
  oweCall,
  QUOTA_CODE,
  SyncError,
  takeCalls,
  throttled,
} from '#domain';
import type { Metrics } from '#metrics';
import { type Logger, tracePart } from '#platform';
import type { CallGate, CallOptions, VendorAdapter } from '#vendor-kit';

import { type Caller, currentCaller } from './caller.js';
import { LocalCalls, type Turn } from './local-calls.js';

/** A call waits so long in any case, in milliseconds: giving the slot back would take as long. */
const SHORT_WAIT_MS = 250;
/** A page's first call waits so long if nobody else wants the slot, in milliseconds. */
const LONG_WAIT_MS = 2_000;

export interface AccountGateOptions {
  buckets: CallBucketRepository;
  /** Our id of the account. */
  accountId: string;
  adapter: Pick<VendorAdapter, 'vendor' | 'quotas' | 'classify'>;
  /** How much of the account's quota Muster may use, in percent. */
  percent: number;
  log: Logger;
  metrics: Metrics;
}

/**
 * Makes the gate of an account's connection. What it has learned of a vendor is in Postgres; the gate itself
 * is as short-lived as the connection.
 */
export function createAccountGate(options: AccountGateOptions): CallGate {
  const apis = new Map<string, ApiGate>();
  return {
    call: (api, make, call = {}) => {
      const gate = apis.get(api) ?? new ApiGate(options, api);
      apis.set(api, gate);
      return gate.call(make, call);
    },
  };
}

/** The gate to one API. */
class ApiGate {
  private readonly terms: CallTerms;
  private readonly calls: LocalCalls;

  constructor(
    private readonly options: AccountGateOptions,
    private readonly api: string,
  ) {
    const { buckets, accountId, adapter, percent } = options;
    const quota = quotaOf(api, adapter.quotas);
    const terms: CallTerms = { share: percent / 100, ...(quota === undefined ? {} : { quota }) };
    const key = { accountId, api };
    this.terms = terms;
    this.calls = new LocalCalls({
      take: (request) => buckets.change(key, (bucket, now) => takeCalls(bucket, terms, request, now)),
      throttled: ({ beganAt, ...event }) =>
        buckets.change(key, (bucket, now) => ({
          // How long ago that was is asked at each try: it may have taken some.
          bucket: throttled(bucket, terms, { ...event, beganAgoMs: performance.now() - beganAt }, now),
          answer: undefined,
        })),
    });
  }

  async call<Answer>(make: () => Promise<Answer>, { signal, courtesy }: CallOptions): Promise<Answer> {
    if (courtesy === true) await this.owe();
    else await this.admit(signal);
    const { adapter, metrics } = this.options;
    const began = performance.now();
    const tookMs = () => performance.now() - began;
    try {
      const answer = await this.trace(make);
      metrics.endCall(adapter.vendor, tookMs() / 1_000);
      this.calls.succeed();
      return answer;
    } catch (error) {
      const known = adapter.classify(error);
      // One that we broke off says nothing about its vendor.
      const failure = signal?.aborted === true ? undefined : (known?.kind ?? 'unclassified');
      metrics.endCall(adapter.vendor, tookMs() / 1_000, failure);
      if (known?.kind === 'throttled') await this.slowDown(known, began);
      throw error;
    }
  }

  /** Says whom it calls and how that fails, not what is asked and answered: that is the account's. */
  private async trace<Answer>(make: () => Promise<Answer>): Promise<Answer> {
    const { vendor } = this.options.adapter;
    return tracePart(
      {
        name: `${vendor} ${groupOf(this.api)}`,
        kind: 'client',
        attributes: { 'muster.vendor': vendor, 'muster.api': this.api },
        errorTypeOf: (error) => this.options.adapter.classify(error)?.kind ?? 'unclassified',
      },
      make,
    );
  }

  /** Waits for the call's turn, and counts that as held back. */
  private async admit(signal: AbortSignal | undefined): Promise<void> {
    const { adapter, metrics } = this.options;
    const caller = currentCaller();
    const stop = caller?.clock.start('quota');
    const began = performance.now();
    try {
      await this.waitForTurn(caller, signal);
      caller?.countCall(this.api);
    } catch (error) {
      throw toGateError(error);
    } finally {
      stop?.();
      metrics.holdBack(adapter.vendor, (performance.now() - began) / 1_000);
    }
  }

  /**
   * A short wait is spent here. A longer one is worth a worker slot only as long as nobody else wants it;
   * but within a page, the calls made so far would be for nothing, and maybe again and again, so there the
   * turn is waited for, whenever it is. Only if the vendor asked to be left alone is nothing waited for long.
   */
  private async waitForTurn(caller: Caller | undefined, signal: AbortSignal | undefined): Promise<void> {
    const enough = caller?.callsToResume(this.api) ?? 1;
    for (;;) {
      signal?.throwIfAborted();
      const isWithinPage = caller?.isWithinPage === true;
      const maxWaitMs = isWithinPage ? Infinity : SHORT_WAIT_MS;
      const first = await this.calls.take({ maxWaitMs, enough });
      if (isTurn(first)) return pause(first.inMs, signal);
      const mayStay = isWithinPage || (caller !== undefined && !(await caller.isSlotWanted()));
      if (first.waitMs > LONG_WAIT_MS || !mayStay) throw this.refusal(first);
      if (first.closed) {
        await pause(first.waitMs, signal);
        continue;
      }
      const second = await this.calls.take({ maxWaitMs: LONG_WAIT_MS, enough });
      if (isTurn(second)) return pause(second.inMs, signal);
      throw this.refusal(second);
    }
  }

  /** A courtesy is paid even while Postgres is away. */
  private async owe(): Promise<void> {
    const { buckets, accountId, log } = this.options;
    try {
      await buckets.change({ accountId, api: this.api }, (bucket, now) => ({
        bucket: oweCall(bucket, this.terms, now),
        answer: undefined,
      }));
    } catch (error) {
      log.warn({ err: error, account: accountId, api: this.api }, 'a call could not be counted');
    }
  }

  /** The vendor's own error is what the unit ends with, whether or not this can be written down. */
  private async slowDown({ retryAfterMs }: SyncError, beganAt: number): Promise<void> {
    const { accountId, log } = this.options;
    const facts = { account: accountId, api: this.api, retryAfterMs };
    log.info(facts, 'the vendor throttled; its calls are slowed down');
    try {
      await this.calls.throttle({ beganAt, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    } catch (error) {
      log.warn({ ...facts, err: error }, 'the calls could not be slowed down');
    }
  }

  private refusal({ waitMs, closed, perSecond }: CallRefusal): SyncError {
    const { percent } = this.options;
    const share = percent < 100 ? ` (api_quota_percent: ${String(percent)})` : '';
    const message = closed
      ? `The vendor has asked for a pause of this account's calls (${this.api}). It goes on by itself.`
      : `This account's calls (${this.api}) are limited to ${rounded(perSecond)} a second${share}. It goes on by itself.`;
    return new SyncError('throttled', message, {
      vendorCode: QUOTA_CODE,
      retryAfterMs: Math.max(1, Math.ceil(waitMs)),
    });
  }
}

/** That of the API, or of what is before the slash in its name. */
function quotaOf(api: string, quotas: VendorAdapter['quotas'] = {}): CallLimit | undefined {
  return quotas[api] ?? quotas[groupOf(api)];
}

/** What the vendor's regions have in common. */
function groupOf(api: string): string {
  return api.replace(/\/.*$/, '');
}

function rounded(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

function isTurn(answer: Turn | CallRefusal): answer is Turn {
  return 'inMs' in answer;
}

/** @throws the signal's reason */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms === 0) return;
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** What fails here is Muster's own trouble; a vendor's table of errors must not take it for the vendor's. */
function toGateError(error: unknown): unknown {
  if (!isDatabaseUnavailable(error)) return error;
  return new SyncError('unavailable', "Muster's own database could not be asked for the next call.", {
    vendorCode: 'MUSTER_DATABASE',
    cause: error,
  });
}
