import type { FeedEvent } from '#database';

import { toPublicEvent } from '../feeds/public-event.js';

/** An event in CloudEvents' JSON format (1.0.2). */
export interface CloudEvent {
  specversion: '1.0';
  /** The same each time it is sent; the event's id in the feed of events. */
  id: string;
  source: string;
  type: string;
  /** What it is about: an account, or a task. */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  data: object;
}

/** @param id the event's marker in its tenant's feed */
export function toCloudEvent(event: FeedEvent, id: string): CloudEvent {
  const { type, at, data, ...about } = toPublicEvent(event);
  return {
    specversion: '1.0',
    id,
    source: `urn:muster:tenant:${event.tenantId}`,
    type: `muster.${type}`,
    subject:
      about.account_id === null
        ? `tasks/${about.task_id ?? ''}`
        : `accounts/${about.vendor}/${encodeURIComponent(about.account_id)}`,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { ...about, ...data },
  };
}
