/** What the path of a cgroup tells: which container or systemd unit a process belongs to. */

import type { Container } from '../protocol';

const id = '([0-9a-f]{64})';

/** How the runtimes name their cgroups, by cgroupfs (`/docker/ID`) and by systemd (`docker-ID.scope`). */
const patterns: readonly (readonly [pattern: RegExp, runtime: string])[] = [
  [new RegExp(`(?:^|/)docker[-/]${id}(?:\\.scope)?(?:/|$)`), 'docker'],
  [new RegExp(`(?:^|/)libpod-${id}(?:\\.scope)?(?:/|$)`), 'podman'],
  [new RegExp(`(?:^|/)cri-containerd[-:]${id}(?:\\.scope)?(?:/|$)`), 'containerd'],
  [new RegExp(`(?:^|/)crio-${id}(?:\\.scope)?(?:/|$)`), 'cri-o'],
  [/(?:^|\/)lxc(?:\.payload\.|\/)([^/]+)/, 'lxc'],
  [/(?:^|\/)machine-([^/]+)\.scope(?:\/|$)/, 'nspawn'],
  [new RegExp(`/${id}(?:/|$)`), 'unknown'],
];

/** The container that a cgroup's path is of; null: none that is known. */
export function containerOf(path: string): Container | null {
  for (const [pattern, runtime] of patterns) {
    const found = pattern.exec(path)?.[1];
    if (found !== undefined) return { id: found, runtime, name: null };
  }
  return null;
}

/** `nginx.service` of `/system.slice/nginx.service`: the innermost unit; null: none. */
export function unitOf(path: string): string | null {
  const units = path.split('/').filter((part) => /\.(service|scope)$/.test(part));
  return units.at(-1) ?? null;
}

/**
 * The path that says most, of the lines of /proc/PID/cgroup (`0::/system.slice`, `4:memory:/docker/ID`): on hybrid hierarchies
 * only some of them are deeper than `/`.
 */
export function cgroupPath(lines: string): string | null {
  const paths = lines
    .split('\n')
    .map((line) => line.split(':').slice(2).join(':'))
    .filter((path) => path.startsWith('/'));
  return paths.sort((a, b) => rank(b) - rank(a))[0] ?? null;
}

function rank(path: string): number {
  return (containerOf(path) ? 2000 : unitOf(path) ? 1000 : 0) + Math.min(path.length, 999);
}
