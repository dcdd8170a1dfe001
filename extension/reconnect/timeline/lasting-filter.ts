/** The target of a run in words that hold when its programs are started again. Pure. */

import { formatEndpoint, parseActingFilter, parseFilter, withoutMapping } from '../../../agent/protocol';
import type { Run } from './timeline-run';

/**
 * Names stand in place of pids; cookies and namespaces are left out, and what was lost is added where no remote is named, as others may
 * have the same name. Null: there are no such words.
 */
export function lastingFilter(run: Pick<Run, 'target' | 'rounds'>): string | null {
  const words = (run.target.match(/(?:[^\s"]|"[^"]*")+/g) ?? []).map(readWord);
  const passing = words.filter(({ key }) => key === 'pid' || key === 'cookie' || key === 'net');
  if (passing.some(({ negated }) => negated)) return null;
  const names = words.flatMap(({ key, values }) => (key === 'pid' ? namesOf(run, values) : []));
  if (names.some((name) => !/^[^",]+$/.test(name))) return null;
  const kept = words.filter((word) => !passing.includes(word));
  const isNamed = kept.some(({ key, negated }) => !negated && (key === 'remote' || key === 'addr'));
  const remotes = isNamed ? [] : lostRemotes(run);
  if (!isNamed && remotes.length === 0) return null;
  const all = [...term('process', names), ...kept.map(({ word }) => word), ...term('remote', remotes)].join(
    ' ',
  );
  return parseActingFilter(all).ok ? all : null;
}

function readWord(word: string) {
  const parsed = parseFilter(word);
  const [term] = parsed.ok ? parsed.filter : [];
  return { word, key: term?.key, values: term?.values ?? [], negated: term?.negated ?? false };
}

/** Of the processes with these pids; empty: one of them has none. */
function namesOf({ rounds }: Pick<Run, 'rounds'>, pids: readonly unknown[]): readonly string[] {
  const known = rounds.flatMap(({ processes }) => processes);
  return [
    ...new Set(
      pids.flatMap((pid) => {
        const names = known.filter((process) => process.pid === pid).map(({ name }) => name);
        return names.length > 0 ? names : [''];
      }),
    ),
  ];
}

function term(key: string, values: readonly string[]): readonly string[] {
  if (values.length === 0) return [];
  const text = `${key}:${values.join()}`;
  return [/\s/.test(text) ? `"${text}"` : text];
}

/** Those that were tried again: where a client elsewhere connected to this process, the remote is a port that it will not have again. */
function lostRemotes({ rounds }: Pick<Run, 'rounds'>): readonly string[] {
  const text = ({ address, port }: { readonly address: string; readonly port: number }) =>
    formatEndpoint({ address: withoutMapping(address), port });
  const tried = new Set(rounds.flatMap(({ attempts }) => attempts.map(({ remote }) => text(remote))));
  const lost = new Set(rounds.flatMap((round) => round.lost.map(({ remote }) => text(remote))));
  return [...lost].filter((remote) => tried.has(remote));
}
