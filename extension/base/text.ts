/** Text from the system, made harmless for each place of the workbench that would read more into it than letters. */

import { visibleText } from '../../agent/protocol';

/** The shape of `vscode.l10n.t` that is used here; pure modules get it as their first parameter. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** For labels, tooltips, dialogs and the log, which show text as it is; at most `most` characters. */
export function plain(text: string, most = 200): string {
  const shown = visibleText(text);
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

/** For notifications, which turn `[text](command:x)` into a link. */
export function forNotification(text: string): string {
  return plain(text, 1000).replaceAll('](', '] (');
}

/** For quick picks and code lenses, which turn `$(name)` into an icon. */
export function forQuickPick(text: string, most?: number): string {
  return plain(text, most).replaceAll('$(', '\\$(');
}
