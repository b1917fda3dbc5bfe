import { Inject, Injectable } from '@nestjs/common';

import { type FeedPosition, FeedRepository, type SerialWindow } from '#database';
import { fromMarker, type MarkedList, toMarker } from '#sync';

import { ApiError } from '../api-error.js';
import { NO_SUCH_SERIAL, type SerialWindowDto } from './serial-window.dto.js';

/** The markers of one list of one tenant. */
export interface ListMarkers {
  write: (position: FeedPosition) => string;
  /** Undefined when it is none of this list. */
  read: (marker: string) => FeedPosition | undefined;
}

/** A list whose rows have serial numbers: which page is asked for, and what its rows are called. */
export interface SerialList {
  window: SerialWindow;
  toMarker: (id: string) => string;
}

/** Makes and reads the markers of all tenants' lists. */
@Injectable()
export class Markers {
  /** By tenant; they never change. */
  private readonly keys = new Map<string, Uint8Array>();

  constructor(@Inject(FeedRepository) private readonly feeds: FeedRepository) {}

  async of(tenantId: string, list: MarkedList): Promise<ListMarkers> {
    const key = await this.keyOf(tenantId);
    return {
      write: (position) => toMarker(list, position, key),
      read: (marker) => fromMarker(list, marker, key),
    };
  }

  /** @throws {ApiError} when the marker is none of this list */
  async serials(tenantId: string, list: MarkedList, { limit, marker }: SerialWindowDto): Promise<SerialList> {
    const { write, read } = await this.of(tenantId, list);
    const position = marker === undefined ? undefined : read(marker);
    if (marker !== undefined && position === undefined) {
      throw new ApiError('invalidParameter', NO_SUCH_SERIAL);
    }
    return {
      window: { limit, ...(position === undefined ? {} : { marker: position.id }) },
      toMarker: (id) => write({ transactionId: '0', id }),
    };
  }

  private async keyOf(tenantId: string): Promise<Uint8Array> {
    const known = this.keys.get(tenantId) ?? (await this.feeds.findKey(tenantId));
    if (known === undefined) throw new Error(`There is no tenant ${tenantId}.`);
    this.keys.set(tenantId, known);
    return known;
  }
}
