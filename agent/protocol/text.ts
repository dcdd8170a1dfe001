/** Escapes untrusted text (names, command lines), which could control a terminal or mislead its reader. */

/**
 * Controls (also C1 and DEL), line and paragraph separators, bidi marks, zero-width and other invisible format characters; and what no
 * font draws, such as fillers and variation selectors, of which a run spells text that only a program reads.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufffd]/gu;

/** Nearly every text: found out much faster. */
const plain = /^[\x20-\x7e]*$/;

/** `a\x1b[31m` becomes `a\u{1b}[31m`: invisible characters are replaced by escapes, never dropped. */
export function visibleText(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON that controls no terminal either: JSON itself escapes only the first 32 characters. `replacer`: of JSON.stringify. */
export function jsonText(
  value: unknown,
  replacer?: (this: object, key: string, value: unknown) => unknown,
): string {
  return JSON.stringify(value, replacer).replace(invisible, (character) =>
    Array.from(character.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
