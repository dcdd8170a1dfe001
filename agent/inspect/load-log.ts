/** The broker's log of what it could not load: lines of a part begin with its name, and libbpf's lines follow. Pure. */

const parts = ['list', 'destroy', 'hooks', 'events', 'sock_diag_destroy', 'btf'] as const;
export type Part = (typeof parts)[number];

/** Why this part is not loaded, in a line; empty: the log does not say. */
export function reasonText(log: string, part: Part): string {
  const line = log.split('\n').find((each) => each.startsWith(`${part}: `));
  return line?.slice(part.length + 2).trim() ?? '';
}
