/** The details of one socket, read on request. */

import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTarget } from '../broker-link/destroy-records';
import { decodeDetail } from '../broker-link/detail-records';
import { socketDetail as ofOwnNamespace } from '../broker-link/native';
import type { SocketRecord } from '../broker-link/records';
import type { Context } from '../context';
import {
  ErrorCode,
  formatTuple,
  protocolError,
  type SocketDetail,
  sameTuple,
  type Target,
} from '../protocol';

/** The kernel waits for the socket's lock, which a stalled process may hold for any time. */
const deadlineMs = 2000;

/** Requests of the observer that the kernel has not answered: each occupies one of Node's four threads. */
let unanswered = 0;
const maxUnanswered = 2;

/** Errors: notFound, kernelRefused. */
export async function socketDetail(context: Context, target: Target): Promise<SocketDetail> {
  const seen = (await context.scanner.scanFor([target])).get(target);
  if (!seen || !sameTuple(target, seen.socket))
    throw protocolError(ErrorCode.notFound, `${formatTuple(target)} is closed: list again`);
  return context.broker ? context.broker.socketDetail(seen.record) : ask(seen.record);
}

async function ask(record: SocketRecord): Promise<SocketDetail> {
  if (unanswered >= maxUnanswered) throw stalled();
  unanswered++;
  const answer = ofOwnNamespace(encodeTarget(record))
    .then(decodeDetail, gone)
    .finally(() => {
      unanswered--;
    });
  const timeout = sleep(deadlineMs, undefined, { ref: false }).then(() => {
    throw stalled();
  });
  return Promise.race([answer, timeout]);
}

function gone(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT') throw protocolError(ErrorCode.notFound, 'The socket is closed: list again');
  throw protocolError(ErrorCode.kernelRefused, `sock_diag failed with ${error.code}`);
}

function stalled() {
  return protocolError(
    ErrorCode.kernelRefused,
    'A process is stalled in a call on this socket, so the kernel does not report its details: try again later',
  );
}
