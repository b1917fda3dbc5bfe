import { randomUUID } from 'node:crypto';

import type { Serializer, WritePacket } from '@nestjs/microservices';

import { ApiError, toErrorBody } from '../http/api-error.js';
import { toRpcError } from './rpc-error.js';

const isMusters = (error: unknown) => typeof error === 'object' && error !== null && 'error_code' in error;
/** What Nest says where it knows no pattern. Of anything else that is not Muster's nothing is meant for callers. */
const UNKNOWN_PATTERN = 'no matching message handler';

/** Has every error that leaves be one of Muster's, also those that Nest itself makes. */
export class RpcSerializer implements Serializer<WritePacket, WritePacket> {
  serialize(packet: WritePacket): WritePacket {
    const { err } = packet as { err?: unknown };
    if (err === undefined || err === null || isMusters(err)) return packet;
    const error = meaningOf(err);
    return { ...packet, err: toRpcError(error.status, toErrorBody(error, randomUUID().replaceAll('-', ''))) };
  }
}

/** The same in the form of NATS' messages, of which Nest sends `data`. */
export class RpcNatsSerializer implements Serializer<WritePacket, { data: string }> {
  private readonly errors = new RpcSerializer();

  serialize(packet: WritePacket): { data: string } {
    return { data: JSON.stringify(this.errors.serialize(packet)) };
  }
}

function meaningOf(err: unknown): ApiError {
  if (err instanceof ApiError) return err;
  return typeof err === 'string' && err.includes(UNKNOWN_PATTERN)
    ? new ApiError('noSuchApi', 'There is no such pattern: see docs/rpc.md for those that there are.')
    : new ApiError('internal', 'Internal error. The log has the details.');
}
