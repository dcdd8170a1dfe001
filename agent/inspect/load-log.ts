/** The broker's log of what it could not load: lines of a part begin with its name, and libbpf's lines follow. Pure. */

const parts = ['list', 'destroy', 'hooks', 'events', 'sock_diag_destroy', 'btf'] as const;
type Part = (typeof parts)[number];

/** Why this part is not loaded, as `: REASON`; empty: the log does not say. */
export function reasonText(log: string, part: Part): string {
  const lines: string[] = [];
  let current: string | undefined;
  for (const line of log.split('\n')) {
    const begun = parts.find((name) => line.startsWith(`${name}: `));
    current = begun ?? current;
    if (current === part) lines.push(begun ? line.slice(begun.length + 2) : line);
  }
  const text = lines.join('\n').trim();
  return text === '' ? '' : `: ${text}`;
}
