/** The language of the sentences that clients make. It is English, but for the editor's, which sets its own. */

/**
 * The used part of the type of `vscode.l10n.t`: a text, and what stands in it at `{0}`, `{1}`. It takes no numbers, since their digits
 * depend on the place.
 */
export type Translate = (message: string, ...args: string[]) => string;

let translate: Translate = english;
let dates: string | undefined;

/** `language`: of dates, such as `de`; undefined: that of the environment. */
export function setTranslate(given: Translate, language: string | undefined): void {
  translate = given;
  dates = language;
}

export function dateLanguage(): string | undefined {
  return dates;
}

export function t(message: string, ...args: string[]): string {
  return translate(message, ...args);
}

/** The text itself. */
export function english(message: string, ...args: string[]): string {
  return message.replace(/\{(\d+)\}/g, (placeholder, place) => args[Number(place)] ?? placeholder);
}
