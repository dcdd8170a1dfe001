/** How ports, processes and counts are called in sentences about a port. */

import { type PortParams, visibleText } from '../protocol';

interface NamedProcess {
  readonly pid: number;
  readonly name: string;
}

/** `node (pid 42)`. */
export function processText({ name, pid }: NamedProcess): string {
  return `${visibleText(name)} (pid ${pid})`;
}

/**
 * `node (pid 42)`, `python3 (pid 42) and sleep (pid 43)`: each and every one, since nobody agrees to what happens to `1 more`.
 * Without any, `a process out of sight`.
 */
export function processesText(processes: readonly NamedProcess[]): string {
  const each = [...new Map(processes.map((one) => [one.pid, one])).values()];
  return each.length === 0 ? 'a process out of sight' : list(each.map(processText));
}

/** A name of somebody's choosing inside a sentence. */
export function quoted(name: string): string {
  return `"${visibleText(name)}"`;
}

/** `1 connection`, `3 connections`. */
export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

/** `Port 3000`, `UDP port 53`. */
export function portText({ port, protocol }: Pick<PortParams, 'port' | 'protocol'>): string {
  return protocol === 'udp' ? `UDP port ${port}` : `Port ${port}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
