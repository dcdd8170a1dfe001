/** Connections of the past as text: rows of a table, and lines as they happen. */

import { bytesText } from '../common/bytes-text';
import {
  durationText,
  formatEndpoint,
  type PastConnection,
  type PastProcess,
  visibleText,
} from '../protocol';
import { momentText } from './local-time';

export const historyHeader = ['TIME', 'EVENT', 'PROCESS', 'CONNECTION', 'PEER', 'TOOK', 'BYTES', 'REASON'];

export function historyRow(connection: PastConnection): string[] {
  return [
    momentText(connection.at),
    connection.event,
    nameText(connection.process) || '-',
    endsText(connection),
    nameText(connection.peer) || '-',
    tookText(connection) || '-',
    countsText(connection) || '-',
    reasonText(connection) || '-',
  ];
}

/** `2026-11-29 14:03:22.123 failed curl/42 127.0.0.1:40000 -> 127.0.0.1:3000 after 0.2 ms: refused` */
export function historyLine(connection: PastConnection): string {
  const { at, event, process, peer } = connection;
  const took = tookText(connection);
  const reason = reasonText(connection);
  const words = [
    momentText(at),
    event.padEnd(6),
    nameText(process),
    endsText(connection),
    peer ? `peer ${nameText(peer)}` : '',
    took && (event === 'opened' ? `in ${took}` : `after ${took}`),
    countsText(connection),
  ];
  const line = words.filter((word) => word !== '').join(' ');
  return visibleText(reason === '' ? line : `${line}: ${reason}`);
}

function nameText(process: PastProcess | null): string {
  return process ? `${process.name}/${process.pid}` : '';
}

/** The end that connected stands before the arrow; `--`: not known which did. */
function endsText({ direction, local, remote }: PastConnection): string {
  const from = local.port === 0 ? '' : `${formatEndpoint(local)} `;
  const arrow = direction === null ? '--' : { out: '->', in: '<-' }[direction];
  return `${from}${arrow} ${formatEndpoint(remote)}`;
}

function tookText({ event, connectMs, durationMs }: PastConnection): string {
  const ms = event === 'ended' ? durationMs : connectMs;
  return ms === null ? '' : durationText(ms);
}

function countsText({ sentBytes, receivedBytes }: PastConnection): string {
  if (sentBytes === null || receivedBytes === null) return '';
  return `${bytesText(sentBytes)} out, ${bytesText(receivedBytes)} in`;
}

function reasonText({ reason, errno }: PastConnection): string {
  if (reason === null) return '';
  return errno === null ? reason : `${reason} (${errno})`;
}
