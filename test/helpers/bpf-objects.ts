/** The BPF programs, maps and links that a process holds, and those that the kernel still has. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from './programs';
import { python } from './stage';

export type BpfIds = Record<'prog' | 'map' | 'link', readonly number[]>;

/** From /proc/PID/fdinfo. */
export function heldBpf(pid: number): BpfIds {
  const texts = fdInfos(pid);
  const ids = (kind: string) => {
    const pattern = new RegExp(`^${kind}_id:\\s*(\\d+)$`, 'm');
    return [...new Set(texts.flatMap((text) => pattern.exec(text)?.[1] ?? []))].map(Number);
  };
  return { prog: ids('prog'), map: ids('map'), link: ids('link') };
}

/** Ids of the links to cgroup hooks that a process holds. */
export function heldHooks(pid: number): number[] {
  return heldLinks(pid, 'cgroup');
}

/** Ids of the links to tracepoints that a process holds. */
export function heldTracepoints(pid: number): number[] {
  return [...heldLinks(pid, 'raw_tracepoint'), ...heldLinks(pid, 'tracing')];
}

/** How often the BPF programs of a process have run, since the kernel counts that (kernel.bpf_stats_enabled). */
export function runsOf(pid: number): number {
  const counts = fdInfos(pid).map((text) => Number(/^run_cnt:\s*(\d+)$/m.exec(text)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

function heldLinks(pid: number, type: string): number[] {
  const pattern = new RegExp(`^link_type:\\s*${type}$`, 'm');
  return fdInfos(pid)
    .filter((text) => pattern.test(text))
    .map((text) => Number(/^link_id:\s*(\d+)$/m.exec(text)?.[1]));
}

function fdInfos(pid: number): string[] {
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readFileSync(`${folder}/${fd}`, 'utf8')];
    } catch {
      return []; // closed since
    }
  });
}

/** Filters these objects for those that the kernel still has. */
export async function stillThere(held: Partial<BpfIds>): Promise<Partial<BpfIds>> {
  const { stdout, stderr } = await run([python, resolve('test', 'helpers', 'victims', 'bpf_ids.py')]);
  assert.equal(stderr, '');
  const now = JSON.parse(stdout) as BpfIds;
  const kinds = Object.keys(held) as (keyof BpfIds)[];
  return Object.fromEntries(kinds.map((kind) => [kind, held[kind]?.filter((id) => now[kind].includes(id))]));
}
