/** The target of a run in words that hold when its programs are started again. Pure. */

import { formatEndpoint, parseActingFilter, withoutMapping } from '../../../agent/protocol';
import type { Run } from './timeline-run';

/** Process names by pid. */
export type Names = ReadonlyMap<number, string>;

/** The processes that a target names. */
export function pidsOf({ target }: Pick<Run, 'target'>): readonly number[] {
  const parsed = parseActingFilter(target);
  if (!parsed.ok) return [];
  return parsed.filter.flatMap((term) => (term.key === 'pid' && !term.negated ? term.values : []));
}

/**
 * Names stand in place of pids; cookies and namespaces are left out, and what was lost is added where no remote is named, as others may
 * have the same name. Null: there are no such words.
 */
export function lastingFilter(run: Pick<Run, 'target' | 'rounds'>, names: Names): string | null {
  const words = run.target.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const kept = words.filter((word) => !/^(pid|cookie|net):/.test(word));
  const processes = [...new Set(pidsOf(run).map((pid) => names.get(pid) ?? ''))];
  if (kept.some((word) => word.startsWith('-pid:')) || processes.some((name) => !/^[^",]+$/.test(name)))
    return null;
  const remotes = kept.some((word) => /^(remote|addr):/.test(word)) ? [] : lostRemotes(run);
  const all = [...term('process', processes), ...kept, ...term('remote', remotes)].join(' ');
  return parseActingFilter(all).ok ? all : null;
}

function term(key: string, values: readonly string[]): readonly string[] {
  if (values.length === 0) return [];
  const text = `${key}:${values.join()}`;
  return [/\s/.test(text) ? `"${text}"` : text];
}

function lostRemotes({ rounds }: Pick<Run, 'rounds'>): readonly string[] {
  const all = rounds.flatMap(({ lost }) => lost.map(({ remote }) => remote));
  return [
    ...new Set(all.map(({ address, port }) => formatEndpoint({ address: withoutMapping(address), port }))),
  ];
}
