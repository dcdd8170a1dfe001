/** The one way to write a process: `node server.js (pid 42)`. Pure; escapes all names. */

import { durationText, type ProcessDetail } from '../../agent/protocol';
import { momentText, numberText, plain, type Translate } from '../base/text';

interface NamedProcess {
  readonly name: string;
  /** Absent or empty: not known. */
  readonly command?: string;
}

/** `node server.js`, `redis-server`. */
export function programText({ name, command = '' }: NamedProcess): string {
  return plain(`${name} ${scriptText({ name, command })}`.trim(), 80);
}

export function processText(process: NamedProcess & { readonly pid: number }): string {
  return `${programText(process)} (pid ${process.pid})`;
}

/** Of several, the first one and the number of the others. */
export function processesText(
  t: Translate,
  [first, ...more]: readonly (NamedProcess & { readonly pid: number })[],
): string {
  if (!first) return t('no process');
  return more.length === 0
    ? processText(first)
    : t('{0} and {1} more', processText(first), numberText(more.length));
}

/** Programs whose name says little without their script. */
const interpreters = /^(node|nodejs|deno|bun|python[\d.]*|ruby|perl|php|java|bash|sh)$/;

/** Options with code as their value. */
const codeOptions = /^(-e|-p|-c|--eval|--print)$/;
/** Other options with a value. */
const valueOptions = /^(-r|--require|--import|--loader|--env-file)$/;

/** `server.js` of `node --inspect /srv/server.js`: the first word that is not an option; empty for other programs. */
export function scriptText({ name, command = '' }: NamedProcess): string {
  const [, ...words] = interpreters.test(name) ? command.split(' ') : [];
  const at = words.findIndex(
    (word, index) => word !== '' && !word.startsWith('-') && !valueOptions.test(words[index - 1] ?? ''),
  );
  const script = codeOptions.test(words[at - 1] ?? '') ? '' : (words[at] ?? '');
  return script.slice(script.lastIndexOf('/') + 1);
}

/** For a tooltip: `Runs as ana since 1/2/2026, 4:04:05 AM, 3 min ago.` `now`: Unix time in milliseconds. */
export function runsText(
  t: Translate,
  process: Pick<ProcessDetail, 'user' | 'uid' | 'startedAt'>,
  now: number,
): string {
  return t('Runs as {0} since {1}.', userText(process), startedText(t, process.startedAt, now));
}

/** Its name, or `uid 1000` where it has none. */
export function userText({ user, uid }: Pick<ProcessDetail, 'user' | 'uid'>): string {
  return user === null ? `uid ${uid}` : plain(user, 80);
}

/** In the user's time zone, with its age: `1/2/2026, 4:04:05 AM, 3 min ago`. */
export function startedText(t: Translate, startedAt: string, now: number): string {
  const at = new Date(startedAt);
  return t('{0}, {1} ago', momentText(at), durationText(Math.max(0, now - at.getTime())));
}
