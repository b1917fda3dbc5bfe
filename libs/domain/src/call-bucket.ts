/** How often an account may call an API: on average, and at once after a pause. */
export interface CallLimit {
  perSecond: number;
  burst: number;
}

/** By what an account's calls of one API are limited, apart from what throttling teaches. */
export interface CallTerms {
  /** What the vendor allows; absent where nobody says. */
  quota?: CallLimit;
  /** How much of it Muster may use, more than 0 and at most 1. */
  share: number;
}

/**
 * The calls that an account may make of one API of its vendor, for all workers together. Times are
 * milliseconds since 1970, by one clock.
 */
export interface CallBucket {
  /** Calls per second that throttling has left; `null` while all that the terms allow may be made. */
  rate: number | null;
  /** What was made per second when a vendor without a declared limit first throttled: taken for its limit. */
  learnedRate: number | null;
  /** When as many calls as `burst` may be made at once again. Each call moves it on. */
  fullAt: number;
  /** Until when the vendor asked to be left alone. */
  closedUntil: number;
  /** When the rate was last halved. */
  throttledAt: number | null;
  /** When it was last raised. */
  raisedAt: number;
  /** Calls made lately, older ones counting less, as of `countedAt`; only kept without a limit. */
  recentCalls: number;
  countedAt: number;
  countedSince: number;
}

export const NEW_BUCKET: CallBucket = {
  rate: null,
  learnedRate: null,
  fullAt: 0,
  closedUntil: 0,
  throttledAt: null,
  raisedAt: 0,
  recentCalls: 0,
  countedAt: 0,
  countedSince: 0,
};

/**
 * Calls are handed to a process for so long at once, in milliseconds, so that it asks for them four times a
 * second and not each time. What it has not used by then is lost.
 */
export const BATCH_MS = 250;
/** Throttling lowers the rate to this at the least, in calls per second, but never below the terms. */
const MIN_PER_SECOND = 0.5;
/** Calls that began less than this after a halving say nothing about the new rate. */
const HALVE_ONCE_MS = 1_000;
/** How much of the whole rate comes back per second of calls that succeed: half of it takes 25 s. */
const RECOVERY_PER_SECOND = 0.02;
/** The longest that one request may raise the rate for, in milliseconds. */
const MAX_RECOVERY_MS = 1_000;
/** A vendor may close a bucket for so long at the most; after that it is asked again. */
export const MAX_CLOSED_MS = 3_600_000;
/** What was learned is forgotten after so long without throttling, in milliseconds. */
const FORGET_MS = 3_600_000;
/** To what part of a millisecond a number holds a time of this century, with some room. */
const ROUNDING_MS = 0.01;
/** More than these calls and this time are never owed, whatever the clock has jumped back to. */
const MAX_OWED_CALLS = 100;
const MAX_OWED_MS = 60_000;
/** What "lately" means for the calls that were made, in milliseconds. */
const LATELY_MS = 10_000;
/** A rate is not measured over less, in milliseconds. */
const MIN_MEASURED_MS = 1_000;

/** What a process asks of a bucket. */
export interface CallRequest {
  /** How many calls it would like to make in the next {@link BATCH_MS}, at least 1. */
  calls: number;
  /** How long the first of them may have to wait. */
  maxWaitMs: number;
  /** If they must wait longer: for how many to wait, so that these can then be made at once. */
  enough: number;
  /** How many calls it has made since it last asked, and how many of them succeeded. */
  made: number;
  succeeded: number;
}

/** Calls that may be made, the first in `firstInMs` (negative: since then), each next one `everyMs` later. */
export interface CallGrant {
  calls: number;
  firstInMs: number;
  everyMs: number;
}

/** No calls yet: they would have to wait too long. */
export interface CallRefusal {
  waitMs: number;
  /** The vendor asked to be left alone; else the rate is used up. */
  closed: boolean;
  /** How many calls a second there are at present. */
  perSecond: number;
}

export interface CallChange<Answer> {
  bucket: CallBucket;
  answer: Answer;
}

/**
 * Takes calls out of a bucket, if the first need not wait too long. A refusal leaves the bucket as it is, and
 * what the request tells of earlier calls is to be told again.
 */
export function takeCalls(
  stored: CallBucket,
  terms: CallTerms,
  request: CallRequest,
  now: number,
): CallChange<CallGrant | CallRefusal> {
  const before = upTo(now, stored, terms);
  const known = counted(forgotten(before, terms, now), request.made, now);
  const bucket = recovered(known, { terms, request, now });
  const limit = currentLimit(bucket, terms);
  if (bucket.closedUntil > now) {
    const perSecond = limit?.perSecond ?? Infinity;
    return { bucket: before, answer: { waitMs: bucket.closedUntil - now, closed: true, perSecond } };
  }
  if (limit === undefined) return { bucket, answer: { calls: Infinity, firstInMs: 0, everyMs: 0 } };
  const everyMs = 1_000 / limit.perSecond;
  const fullAt = Math.max(now, bucket.fullAt);
  const inMs = (calls: number) => fullAt - now + (calls - limit.burst) * everyMs;
  if (inMs(1) > request.maxWaitMs + ROUNDING_MS) {
    const waitMs = inMs(Math.max(1, Math.min(request.enough, limit.burst)));
    return { bucket: before, answer: { waitMs, closed: false, perSecond: limit.perSecond } };
  }
  const calls = Math.max(1, Math.min(request.calls, Math.floor(BATCH_MS / everyMs)));
  return {
    bucket: { ...bucket, fullAt: fullAt + calls * everyMs },
    answer: { calls, firstInMs: inMs(1), everyMs },
  };
}

/** A call that cannot wait is counted all the same: later ones wait for it. */
export function oweCall(before: CallBucket, terms: CallTerms, now: number): CallBucket {
  const bucket = upTo(now, before, terms);
  const limit = currentLimit(bucket, terms);
  if (limit === undefined) return bucket;
  return { ...bucket, fullAt: Math.max(now, bucket.fullAt) + 1_000 / limit.perSecond };
}

/** What the vendor said when it would not answer. */
export interface Throttling {
  /** How long to leave it alone, in milliseconds, if it said so. */
  retryAfterMs?: number;
  /** How long ago the call began. */
  beganAgoMs: number;
  /** How many calls the process has made since it last asked. */
  made: number;
}

/**
 * The vendor throttled: halves the rate, but once for all calls that were under way together, keeps the
 * account's calls away for as long as the vendor asked, and then begins with a single one.
 */
export function throttled(stored: CallBucket, terms: CallTerms, event: Throttling, now: number): CallBucket {
  const before = counted(upTo(now, stored, terms), event.made, now);
  const closedMs = Math.min(MAX_CLOSED_MS, Math.max(0, event.retryAfterMs ?? 0));
  const opensAt = Math.max(now + closedMs, before.closedUntil);
  const began = now - event.beganAgoMs;
  const isNews = before.throttledAt === null || began >= before.throttledAt + HALVE_ONCE_MS;
  const bucket = isNews ? halved(before, terms, now) : before;
  const { perSecond, burst } = currentLimit(bucket, terms) ?? { perSecond: Infinity, burst: 1 };
  return {
    ...bucket,
    closedUntil: opensAt,
    fullAt: Math.max(bucket.fullAt, opensAt + ((burst - 1) * 1_000) / perSecond),
  };
}

function halved(bucket: CallBucket, terms: CallTerms, now: number): CallBucket {
  const learnedRate =
    terms.quota === undefined
      ? (bucket.learnedRate ?? Math.max(MIN_PER_SECOND, observedRate(bucket, now)))
      : null;
  const ceiling = ceilingOf(learnedRate, terms)?.perSecond ?? Infinity;
  const half = (bucket.rate ?? learnedRate ?? ceiling) / 2;
  const rate = Math.min(ceiling, Math.max(MIN_PER_SECOND, half));
  return { ...bucket, learnedRate, rate, throttledAt: now, raisedAt: now };
}

/** Calls that succeed let the rate creep up again. */
function recovered(
  bucket: CallBucket,
  { terms, request, now }: { terms: CallTerms; request: CallRequest; now: number },
): CallBucket {
  const ceiling = ceilingOf(bucket.learnedRate, terms);
  if (bucket.rate === null || ceiling === undefined || request.succeeded === 0) return bucket;
  const seconds = Math.min(MAX_RECOVERY_MS, now - bucket.raisedAt) / 1_000;
  const rate = bucket.rate + ceiling.perSecond * RECOVERY_PER_SECOND * seconds;
  return { ...bucket, rate: rate >= ceiling.perSecond ? null : rate, raisedAt: now };
}

/** What a vendor without declared limit once bore is not for ever. */
function forgotten(bucket: CallBucket, terms: CallTerms, now: number): CallBucket {
  const isOld = bucket.throttledAt !== null && now - bucket.throttledAt > FORGET_MS;
  if (bucket.learnedRate === null || (terms.quota === undefined && !isOld)) return bucket;
  return { ...bucket, learnedRate: null, rate: null };
}

/** A bucket that the clock may have left in its future, by jumping back. */
function upTo(now: number, bucket: CallBucket, terms: CallTerms): CallBucket {
  const { perSecond, burst } = currentLimit(bucket, terms) ?? { perSecond: Infinity, burst: 1 };
  const closedUntil = Math.min(bucket.closedUntil, now + MAX_CLOSED_MS);
  const owedMs = MAX_OWED_MS + ((burst + MAX_OWED_CALLS) * 1_000) / perSecond;
  const past = {
    closedUntil,
    fullAt: Math.min(bucket.fullAt, Math.max(now, closedUntil) + owedMs),
    throttledAt: bucket.throttledAt === null ? null : Math.min(bucket.throttledAt, now),
    raisedAt: Math.min(bucket.raisedAt, now),
    countedAt: Math.min(bucket.countedAt, now),
    countedSince: Math.min(bucket.countedSince, now),
  };
  const isUpToDate = Object.entries(past).every(([name, time]) => bucket[name as keyof CallBucket] === time);
  return isUpToDate ? bucket : { ...bucket, ...past };
}

/** Without a limit, calls are counted: half of their rate is where throttling begins. */
function counted(bucket: CallBucket, made: number, now: number): CallBucket {
  if (made === 0) return bucket;
  const age = now - bucket.countedAt;
  const recentCalls = bucket.recentCalls * Math.exp(-age / LATELY_MS) + made;
  const countedSince = age > 3 * LATELY_MS ? now : bucket.countedSince;
  return { ...bucket, recentCalls, countedAt: now, countedSince };
}

/** Calls per second lately. What came before counting began is not taken for a pause. */
function observedRate({ recentCalls, countedAt, countedSince }: CallBucket, now: number): number {
  const calls = recentCalls * Math.exp((countedAt - now) / LATELY_MS);
  const measured = 1 - Math.exp(-Math.max(MIN_MEASURED_MS, now - countedSince) / LATELY_MS);
  return calls / ((LATELY_MS / 1_000) * measured);
}

/** All that the terms allow. */
function ceilingOf(learnedRate: number | null, { quota, share }: CallTerms): CallLimit | undefined {
  const known = quota ?? (learnedRate === null ? undefined : { perSecond: learnedRate, burst: learnedRate });
  return known && { perSecond: known.perSecond * share, burst: Math.max(1, known.burst * share) };
}

/** What may be called at present: a lower rate lowers the burst with it. */
function currentLimit(bucket: CallBucket, terms: CallTerms): CallLimit | undefined {
  const ceiling = ceilingOf(bucket.learnedRate, terms);
  if (ceiling === undefined || bucket.rate === null || bucket.rate >= ceiling.perSecond) return ceiling;
  const part = bucket.rate / ceiling.perSecond;
  return { perSecond: bucket.rate, burst: Math.max(1, ceiling.burst * part) };
}
