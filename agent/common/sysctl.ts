/** Settings of the kernel for this process's network namespace (/proc/sys/net/ipv4). */

import { readFileSync } from 'node:fs';
import { usualPorts } from '../protocol';

/** Null where it cannot be read. */
export function readSysctl(name: string): string | null {
  try {
    return readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Ports that the kernel chooses for clients. */
export function ephemeralPorts(): { readonly first: number; readonly last: number } {
  const [first = usualPorts.firstEphemeral, last = usualPorts.lastEphemeral] = numbers('ip_local_port_range');
  return { first, last };
}

/** The lowest port that a program may bind without a privilege. */
export function firstUnprivilegedPort(): number {
  return numbers('ip_unprivileged_port_start')[0] ?? usualPorts.firstUnprivileged;
}

/** Whether `3000,8000-8080` has the port. */
export function includesPort(ports: string, port: number): boolean {
  return ports.split(',').some((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return first !== undefined && last !== undefined && first <= port && port <= last;
  });
}

function numbers(name: string): number[] {
  return readSysctl(name)?.split(/\s+/).map(Number) ?? [];
}
