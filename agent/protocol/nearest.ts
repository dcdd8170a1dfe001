/** Edits of a slip of the fingers, and the part of the longer word that they may be: two letters that are swapped count as two. */
const maxEdits = 3;
const maxPart = 2 / 3;

/** The known word that a mistyped one most likely means; undefined: none is near. */
export function nearest<Word extends string>(typed: string, known: readonly Word[]): Word | undefined {
  const ranked = known
    .map((word) => ({ word, edits: distance(typed.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, edits }) => edits <= Math.min(maxEdits, maxPart * Math.max(typed.length, word.length)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.word;
}

/** To be added to `"estab" is not a state`. `mark` follows the nearest word. */
export function nearestText(typed: string, known: readonly string[], mark = ''): string {
  return nearText(nearest(typed, known), known, mark);
}

/** `near`: what is meant; undefined: that is not known. */
export function nearText(near: string | undefined, known: readonly string[], mark = ''): string {
  return `${near === undefined ? '' : `: the nearest is ${near}${mark}`} (known: ${known.join(', ')})`;
}

/** Levenshtein distance, but a prefix counts little: `estab` means `established`. */
function distance(typed: string, word: string): number {
  if (typed !== '' && word.startsWith(typed)) return 0.5;
  let row = Array.from({ length: word.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...typed].entries()) {
    const next = [i + 1];
    for (let j = 0; j < word.length; j++) {
      const swap = (row[j] ?? 0) + (word[j] === letter ? 0 : 1);
      next.push(Math.min(swap, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[word.length] ?? 0;
}
