/** The numbers of one socket, for whoever looks at it. */

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

/** Milliseconds: the kernel waits for the socket's lock, and a stalled process may hold it for any time. */
const deadlineMs = 2000;

/** Questions of the observer that the kernel has not answered: each takes one of Node's four threads. */
let unanswered = 0;
const mostUnanswered = 2;

/** Errors: notFound, kernelRefused. */
export async function socketDetail(context: Context, target: Target): Promise<SocketDetail> {
  const seen = (await context.scanner.scan()).get(target);
  if (!seen || !sameTuple(target, seen.socket))
    throw protocolError(ErrorCode.notFound, `${formatTuple(target)} is closed by now`);
  return context.broker ? context.broker.socketDetail(seen.record) : ask(seen.record);
}

async function ask(record: SocketRecord): Promise<SocketDetail> {
  if (unanswered >= mostUnanswered) throw stalled();
  unanswered++;
  const answer = ofOwnNamespace(encodeTarget(record))
    .then(decodeDetail, gone)
    .finally(() => {
      unanswered--;
    });
  const late = sleep(deadlineMs, undefined, { ref: false }).then(() => {
    throw stalled();
  });
  return Promise.race([answer, late]);
}

function gone(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT') throw protocolError(ErrorCode.notFound, 'The socket is closed by now');
  throw protocolError(ErrorCode.kernelRefused, `sock_diag failed with ${error.code}`);
}

function stalled() {
  return protocolError(
    ErrorCode.kernelRefused,
    'A process is stalled in a call on this socket, so the kernel does not tell its numbers: try again later',
  );
}
