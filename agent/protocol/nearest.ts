/** The known word with the smallest edit distance to a mistyped one. Throws RangeError without known words. */
export function nearest<Word extends string>(
  typed: string,
  known: readonly [Word, ...Word[]] | readonly Word[],
): Word {
  const ranked = [...known].sort(
    (a, b) => distance(typed.toLowerCase(), a) - distance(typed.toLowerCase(), b),
  );
  const [best] = ranked;
  if (best === undefined) throw new RangeError('nearest() needs at least one known word');
  return best;
}

/** Levenshtein distance, but a prefix counts little: `estab` means `established`. */
function distance(typed: string, word: string): number {
  if (word.startsWith(typed)) return 0.5;
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
