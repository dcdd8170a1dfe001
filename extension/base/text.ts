/** Escapes text from the system for the places of the workbench that interpret it as markup. */

import { dateLanguage, type Translate, t } from '../../agent/common/translate';
import { visibleText } from '../../agent/protocol';

/** Pure modules get it as their first parameter; a count in it goes through `numberText`, a pid or port through `String`. */
export type { Translate } from '../../agent/common/translate';

/** For labels, tooltips, dialogs and the log, which show text as it is; at most `maxLength` characters. */
export function plain(text: string, maxLength = 200): string {
  const shown = visibleText(text);
  return shown.length > maxLength ? `${shown.slice(0, maxLength - 1)}…` : shown;
}

/** For notifications, which turn `[text](command:x)` into a link. */
export function forNotification(text: string): string {
  return unbroken(plain(text, 1000)).replaceAll('](', '] (');
}

/** No line ends between a number and its unit, as in `3 s`. */
export function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=(?:ms|s|min|h|B|KB|MB|GB|TB|%)(?!\w))/g, '\u00a0');
}

/** For quick picks and code lenses, which turn `$(name)` into an icon. */
export function forQuickPick(text: string, maxLength?: number): string {
  return plain(text, maxLength).replaceAll('$(', '\\$(');
}

/** `16,197`. By hand: the first toLocaleString of a process takes as long as the rows of a group that opens. */
export function numberText(count: number): string {
  const digits = String(count);
  return digits.length > 3 ? t('{0},{1}', numberText(Math.floor(count / 1000)), digits.slice(-3)) : digits;
}

/** `1/2/2026, 4:04:05 AM` */
export function momentText(at: Date): string {
  return at.toLocaleString(dateLanguage());
}

/** `4:04:05 AM` */
export function timeText(at: Date): string {
  return at.toLocaleTimeString(dateLanguage());
}

/** `4:04:05 AM`; with the date, where that is not today's. */
export function recentText(at: Date, now = new Date()): string {
  return isSameDay(at, now) ? timeText(at) : momentText(at);
}

let precise: { readonly today: Intl.DateTimeFormat; readonly earlier: Intl.DateTimeFormat } | undefined;

/** `4:04:05.678 AM`, likewise. */
export function preciseText(at: Date, now = new Date()): string {
  precise ??= preciseFormats();
  return (isSameDay(at, now) ? precise.today : precise.earlier).format(at);
}

function preciseFormats() {
  const time = { hour: 'numeric', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 } as const;
  const date = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  return {
    today: new Intl.DateTimeFormat(dateLanguage(), time),
    earlier: new Intl.DateTimeFormat(dateLanguage(), { ...date, ...time }),
  };
}

/** In the reader's time zone. */
function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

/** A sentence with a full stop, as the language writes it. */
export function withStop(t: Translate, text: string): string {
  return /[.!?…。]$/.test(text) ? text : t('{0}.', text);
}

/** `A → B`. Plain text, such as the clipboard's, keeps `A -> B`. */
export function withArrow(text: string): string {
  return text.replaceAll(' -> ', ' → ');
}
