import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { SyncErrorKind, TaskState, UnitState, Vendor } from '#domain';

import { BoundedNames } from './bounded-names.js';

/** Bounds of durations, in seconds: requests and calls of vendors. */
const SHORT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** The same, of units: from an empty type to an estate that is listed for hours. */
const LONG_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

/** Types are the vendors' catalogue and what connectors of OTHER call theirs; behind these, they are `others`. */
const MAX_TYPES = 200;

/** What became of resources. */
export interface Written {
  created?: number;
  updated?: number;
  deleted?: number;
}

/**
 * What came of sending a webhook a message: `failed` is tried again by itself, `given_up` is a dead letter, which is sent
 * again when somebody asks.
 */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];
const DELIVERY_OUTCOMES = ['taken', 'failed', 'given_up'] as const;

/** What one process counts and measures of its own work, for Prometheus. docs/metrics.md lists all of it. */
export class Metrics {
  readonly registry = new Registry();
  private readonly types = new BoundedNames(MAX_TYPES);

  private readonly httpRequests = new Counter({
    name: 'muster_http_requests_total',
    help: 'Requests that the API has answered, and messages of services, by the route as documented and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  private readonly httpDurations = new Histogram({
    name: 'muster_http_request_duration_seconds',
    help: 'How long requests took to be answered; those that wait for a task, with the wait.',
    labelNames: ['method', 'route'],
    buckets: SHORT_SECONDS,
    registers: [this.registry],
  });
  private readonly units = new Counter({
    name: 'muster_units_total',
    help: 'Units (account, scope and type of a sync) that ended, by how.',
    labelNames: ['vendor', 'type', 'state'],
    registers: [this.registry],
  });
  private readonly unitDurations = new Histogram({
    name: 'muster_unit_duration_seconds',
    help: 'How long units took that listed completely, from when a worker had them first, waits and all.',
    labelNames: ['vendor', 'type'],
    buckets: LONG_SECONDS,
    registers: [this.registry],
  });
  private readonly putOffs = new Counter({
    name: 'muster_put_offs_total',
    help: 'Attempts at runs and units that were put off to be tried again, by kind of error.',
    labelNames: ['vendor', 'kind'],
    registers: [this.registry],
  });
  private readonly runs = new Counter({
    name: 'muster_runs_total',
    help: 'Runs (one account of a sync) that a worker of this process ended, by how.',
    labelNames: ['vendor', 'state'],
    registers: [this.registry],
  });
  private readonly written = new Counter({
    name: 'muster_resources_written_total',
    help: 'Resources that listings created (or brought back), updated and deleted in the inventory.',
    labelNames: ['vendor', 'change'],
    registers: [this.registry],
  });
  private readonly calls = new Counter({
    name: 'muster_vendor_calls_total',
    help: "Calls of vendors' APIs that were made, whatever came of them.",
    labelNames: ['vendor'],
    registers: [this.registry],
  });
  private readonly callDurations = new Histogram({
    name: 'muster_vendor_call_duration_seconds',
    help: "How long calls of vendors' APIs took to succeed or fail.",
    labelNames: ['vendor'],
    buckets: SHORT_SECONDS,
    registers: [this.registry],
  });
  private readonly throttles = new Counter({
    name: 'muster_vendor_throttles_total',
    help: 'Calls that vendors refused because there were too many.',
    labelNames: ['vendor'],
    registers: [this.registry],
  });
  private readonly callErrors = new Counter({
    name: 'muster_vendor_errors_total',
    help: 'Calls that failed otherwise, by kind of error; unclassified is what the adapter does not know, absent no trouble: there is nothing to answer with.',
    labelNames: ['vendor', 'kind'],
    registers: [this.registry],
  });
  private readonly quotaWaits = new Counter({
    name: 'muster_vendor_quota_wait_seconds_total',
    help: "Time that calls were held back to keep to the vendors' limits.",
    labelNames: ['vendor'],
    registers: [this.registry],
  });

  private readonly deliveries = new Counter({
    name: 'muster_webhook_deliveries_total',
    help: 'Attempts at messages to webhooks, by outcome: taken, failed (tried again), given_up (a dead letter).',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  constructor() {
    // To Prometheus a series that begins with 1 has not increased: the first message given up would alert nobody.
    for (const outcome of DELIVERY_OUTCOMES) this.deliveries.inc({ outcome }, 0);
  }

  /** @param method and `route` as the API declares them; absent where there is no such route */
  countRequest({ method, route }: { method: string; route?: string }, status: number, seconds: number): void {
    const labels = { method, route: route ?? 'none' };
    this.httpRequests.inc({ ...labels, status });
    this.httpDurations.observe(labels, seconds);
  }

  /** @param seconds how long it took; absent where it did not list completely */
  endUnit(unit: { vendor: Vendor; resourceType: string }, state: UnitState, seconds?: number): void {
    const labels = { vendor: unit.vendor, type: this.types.bound(unit.resourceType) };
    this.units.inc({ ...labels, state });
    if (seconds !== undefined) this.unitDurations.observe(labels, seconds);
  }

  putOff(vendor: Vendor, kind: SyncErrorKind): void {
    this.putOffs.inc({ vendor, kind });
  }

  endRun(vendor: Vendor, state: TaskState): void {
    this.runs.inc({ vendor, state });
  }

  write(vendor: Vendor, written: Written): void {
    for (const [change, count] of Object.entries(written) as [string, number][]) {
      this.written.inc({ vendor, change }, count);
    }
  }

  holdBack(vendor: Vendor, seconds: number): void {
    this.quotaWaits.inc({ vendor }, seconds);
  }

  /** @param failure how it failed, if it did */
  endCall(vendor: Vendor, seconds: number, failure?: SyncErrorKind | 'unclassified'): void {
    this.calls.inc({ vendor });
    this.callDurations.observe({ vendor }, seconds);
    if (failure === 'throttled') this.throttles.inc({ vendor });
    else if (failure !== undefined) this.callErrors.inc({ vendor, kind: failure });
  }

  endDelivery(outcome: DeliveryOutcome): void {
    this.deliveries.inc({ outcome });
  }

  /** A gauge of what is read when somebody asks. */
  gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
