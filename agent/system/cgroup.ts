/** Finds the container or systemd unit of a process in its cgroup path. */

import type { Container } from '../protocol';

const id = '([0-9a-f]{64})';

/** Cgroup names by runtime, from cgroupfs (`/docker/ID`) and systemd (`docker-ID.scope`). */
const patterns: readonly (readonly [pattern: RegExp, runtime: string])[] = [
  [new RegExp(`(?:^|/)docker[-/]${id}(?:\\.scope)?(?:/|$)`), 'docker'],
  [new RegExp(`(?:^|/)libpod-${id}(?:\\.scope)?(?:/|$)`), 'podman'],
  [new RegExp(`(?:^|/)cri-containerd[-:]${id}(?:\\.scope)?(?:/|$)`), 'containerd'],
  [new RegExp(`(?:^|/)crio-${id}(?:\\.scope)?(?:/|$)`), 'cri-o'],
  [/(?:^|\/)lxc(?:\.payload\.|\/)([^/]+)/, 'lxc'],
  [/(?:^|\/)machine-([^/]+)\.scope(?:\/|$)/, 'nspawn'],
  [new RegExp(`/${id}(?:/|$)`), 'unknown'],
];

/** Null: no known container. */
export function containerOf(path: string): Container | null {
  for (const [pattern, runtime] of patterns) {
    const found = pattern.exec(path)?.[1];
    if (found !== undefined) return { id: found, runtime, name: null };
  }
  return null;
}

/** The innermost unit: `nginx.service` of `/system.slice/nginx.service`; null: none. */
export function unitOf(path: string): string | null {
  const units = path.split('/').filter((part) => /\.(service|scope)$/.test(part));
  return units.at(-1) ?? null;
}

/**
 * The most specific path of the lines of /proc/PID/cgroup (`0::/system.slice`, `4:memory:/docker/ID`): on hybrid hierarchies
 * only some of them are deeper than `/`.
 */
export function cgroupPath(lines: string): string | null {
  const paths = lines
    .split('\n')
    .map((line) => line.split(':').slice(2).join(':'))
    .filter((path) => path.startsWith('/'));
  // Most lines have the same.
  const ranked = [...new Set(paths)].map((path) => ({ path, rank: rank(path) }));
  return ranked.sort((a, b) => b.rank - a.rank)[0]?.path ?? null;
}

function rank(path: string): number {
  return (containerOf(path) ? 2000 : unitOf(path) ? 1000 : 0) + Math.min(path.length, 999);
}
