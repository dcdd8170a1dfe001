/** Parses the setting for watched ports; texts of the status bar. Pure. */

import { isPort } from '../../agent/protocol';
import { numberText, plain, type Translate, timeText } from '../base/text';
import { holdersText, isBusy, type PortFacts } from './port-facts';

/** Ports of one window. */
export const maxWatched = 20;
/** Ports in the status bar. */
const maxShown = 4;

export interface Watched {
  readonly ports: readonly number[];
  /** One sentence for each value that is no port. */
  readonly mistakes: readonly string[];
}

/** Reads the setting; invalid values become mistakes. */
export function watchedPorts(t: Translate, setting: unknown): Watched {
  if (!Array.isArray(setting)) return { ports: [], mistakes: [t('The setting is not a list of ports.')] };
  const ports = [...new Set(setting.filter(isPort))];
  const mistakes = setting
    .filter((value) => !isPort(value))
    .slice(0, maxWatched)
    .map((value) =>
      t('{0} is not a port: a port is a number from 1 to 65535.', plain(JSON.stringify(value), 40)),
    );
  if (ports.length > maxWatched)
    mistakes.push(t('Only the first {0} ports are watched.', String(maxWatched)));
  return { ports: ports.slice(0, maxWatched), mistakes };
}

export interface WatchedNow extends Watched {
  /** Undefined: not checked yet, or the last check failed. */
  readonly facts: ReadonlyMap<number, PortFacts> | undefined;
  /** Why the last check failed. */
  readonly failure: string | undefined;
  /** Times at which ports became free or busy; absent: unchanged since the first check. */
  readonly since: ReadonlyMap<number, Date>;
}

export interface StatusText {
  readonly text: string;
  /** Plain text, a line for each port. */
  readonly tooltip: string;
  /** For screen readers. */
  readonly label: string;
}

/** `$(plug) 3000 busy · 5432 free`. */
export function statusText(t: Translate, now: WatchedNow): StatusText {
  const words = now.ports.map((port) => shortText(t, port, now.facts?.get(port)));
  const parts = words.slice(0, maxShown);
  if (words.length > maxShown) parts.push(t('{0} more', numberText(words.length - maxShown)));
  const icon = now.mistakes.length > 0 || now.failure !== undefined ? '$(warning)' : '$(plug)';
  return {
    text: `${icon} ${parts.length > 0 ? parts.join(' · ') : t('no port')}`,
    tooltip: tooltip(t, now),
    label: t('Watched ports: {0}', words.length > 0 ? words.join(', ') : t('none')),
  };
}

function shortText(t: Translate, port: number, facts: PortFacts | undefined): string {
  if (!facts) return `${port} …`;
  return isBusy(facts) ? t('{0} busy', String(port)) : t('{0} free', String(port));
}

function tooltip(t: Translate, { ports, facts, failure, mistakes, since }: WatchedNow): string {
  return [
    t('Ports watched by Sockscope:'),
    ...ports.map((port) => watchedText(t, port, facts?.get(port), since.get(port))),
    ...(failure === undefined ? [] : [t('The last check failed: {0}', plain(failure, 300))]),
    ...mistakes,
  ].join('\n');
}

/** `3000: node server.js (pid 42), since 14:03:22`. Without connections, which are not watched. */
export function watchedText(
  t: Translate,
  port: number,
  facts: PortFacts | undefined,
  since: Date | undefined,
): string {
  if (!facts) return t('{0}: not known yet', String(port));
  const text = `${port}: ${holdersText(t, facts.holders)}`;
  return since ? t('{0}, since {1}', text, timeText(since)) : text;
}
