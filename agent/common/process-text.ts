/** Texts for ports, processes and counts in sentences about a port. */

import { formatEndpoint, type LeftOut, loopback, type PortParams, visibleText } from '../protocol';
import { t } from './translate';

export interface NamedProcess {
  readonly pid: number;
  readonly name: string;
}

/** Text for a process that this user cannot identify. */
export function hiddenProcess(): string {
  return t('a hidden process');
}

/** `node (pid 42)`. */
export function processText({ name, pid }: NamedProcess): string {
  return `${visibleText(name)} (pid ${pid})`;
}

/**
 * `node (pid 42)`, `python3 (pid 42) and sleep (pid 43)`. Names every process, because users agree to what happens to each;
 * hiddenProcess where there is none.
 */
export function processesText(processes: readonly NamedProcess[]): string {
  const each = [...new Map(processes.map((one) => [one.pid, one])).values()];
  return each.length === 0 ? hiddenProcess() : list(each.map(processText));
}

/** A sentence after a colon or semicolon. It begins with a name as often as not, which keeps its case. */
export function inSentence(sentence: string): string {
  const capital = /^(A|An|The|No|Nobody|It|Only|If|Not) /.test(sentence);
  return capital ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
}

/** An untrusted name inside a sentence. */
export function quoted(name: string): string {
  return `"${visibleText(name)}"`;
}

/** `40 s`, `12 min`, `3 h`, `5 days`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** `1 connection`, `3 connections`. */
export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

/** `Port 3000`, `UDP port 53`, `127.0.0.1:3000`, `UDP [::1]:53`. */
export function portText(params: Pick<PortParams, 'port' | 'protocol' | 'addresses'>): string {
  const { protocol, addresses = [] } = params;
  if (addresses.length > 0)
    return protocol === 'udp' ? t('UDP {0}', portArgument(params)) : portArgument(params);
  return protocol === 'udp' ? t('UDP port {0}', String(params.port)) : t('Port {0}', String(params.port));
}

/** `port 3000`, within a sentence. */
export function thePort(params: Pick<PortParams, 'port' | 'protocol' | 'addresses'>): string {
  const isPlain = params.protocol === 'tcp' && !params.addresses?.length;
  return isPlain ? t('port {0}', String(params.port)) : portText(params);
}

/** As the command line takes it: `3000`, `127.0.0.1:3000`, `[::1]:3000`, `localhost:3000`. */
export function portArgument({ port, addresses = [] }: Pick<PortParams, 'port' | 'addresses'>): string {
  const [first, ...others] = addresses;
  if (first === undefined) return String(port);
  const isLocalhost =
    addresses.length === loopback.length && loopback.every((one) => addresses.includes(one));
  return isLocalhost
    ? `localhost:${port}`
    : [first, ...others].map((address) => formatEndpoint({ address, port })).join(' and ');
}

/** What a list lacks, without a full stop; null: nothing. */
export function leftOutText({ sockets, owners }: LeftOut): string | null {
  const parts = [
    ...(sockets > 0 ? [count(sockets, 'socket')] : []),
    ...(owners > 0 ? [`${count(owners, 'owner')} of listed sockets`] : []),
  ];
  if (parts.length === 0) return null;
  return `Not listed: ${list(parts)}, as there are more than a list holds of one user or one socket`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[]): string {
  const [last = ''] = parts.slice(-1);
  return parts.length < 2 ? last : t('{0} and {1}', parts.slice(0, -1).join(', '), last);
}
