/** The details of one socket, read on request. */

import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTarget } from '../broker-link/destroy-records';
import { decodeDetail } from '../broker-link/detail-records';
import { socketDetail as ofOwnNamespace } from '../broker-link/native';
import type { SocketRecord } from '../broker-link/records';
import type { Context } from '../context';
import { unseenText } from '../inventory/unseen';
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

/** Requests of the observer to the kernel: each occupies one of Node's four threads, a stalled one for ever. */
const maxAtOnce = 2;
let asked = 0;
/** Of these, those that have not been answered in time. */
let stalls = 0;
/** Each asks the kernel, once one of the others is answered. */
const waiting: (() => void)[] = [];

/** Errors: notFound, kernelRefused. */
export async function socketDetail(context: Context, target: Target): Promise<SocketDetail> {
  const inventory = await context.scanner.scanFor([target]);
  const seen = inventory.get(target);
  const unseen = seen ? null : unseenText(target, inventory);
  if (unseen !== null) throw protocolError(ErrorCode.notFound, `${formatTuple(target)} ${unseen}`);
  if (!seen || !sameTuple(target, seen.socket))
    throw protocolError(ErrorCode.notFound, `${formatTuple(target)} is closed: list again`);
  const owner = seen.socket.owners[0]?.pid ?? 0;
  return context.broker ? context.broker.socketDetail({ ...seen.record, owner }) : ask(seen.record);
}

async function ask(record: SocketRecord): Promise<SocketDetail> {
  while (asked >= maxAtOnce) {
    if (stalls >= maxAtOnce) throw stalled();
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  asked++;
  let isAnswered = false;
  let isLate = false;
  const answer = ofOwnNamespace(encodeTarget(record))
    .then(decodeDetail, gone)
    .finally(() => {
      asked--;
      isAnswered = true;
      if (isLate) stalls--;
      waiting.shift()?.();
    });
  const timeout = sleep(deadlineMs, undefined, { ref: false }).then(() => {
    if (!isAnswered) {
      isLate = true;
      stalls++;
      if (stalls >= maxAtOnce) for (const wake of waiting.splice(0)) wake();
    }
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
