/** The broker's log of what it could not load: lines of a part begin with its name, and libbpf's lines follow. Pure. */

const parts = [
  'list',
  'destroy',
  'hooks',
  'events',
  'timers',
  'tune',
  'history',
  'capture',
  'sock_diag_destroy',
  'btf',
] as const;
export type Part = (typeof parts)[number];

/** Why this part is not loaded, in a line; empty: the log does not say. */
export function reasonText(log: string, part: Part): string {
  const line = log.split('\n').find((each) => each.startsWith(`${part}: `));
  return line?.slice(part.length + 2).trim() ?? '';
}

/** The verifier has read a program of this part, and refused it. */
export function isRejected(log: string, part: Part): boolean {
  const isOther = (line: string) => parts.some((each) => each !== part && line.startsWith(`${each}: `));
  const lines = log.split('\n');
  const own = lines.slice(lines.findIndex((line) => line.startsWith(`${part}: `)));
  const end = own.findIndex(isOther);
  return (end < 0 ? own : own.slice(0, end)).some((line) => line.includes('BEGIN PROG LOAD LOG'));
}
