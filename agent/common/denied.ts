/** Of many acts that the scope denies a few tell all: the others differ in their addresses. */

const maxShown = 3;

/** All but most of the denied ones, in order, and how many were left out. */
export function fewDenied<T>(all: readonly T[], isDenied: (one: T) => boolean): { shown: T[]; more: number } {
  const leftOut = new Set(all.filter(isDenied).slice(maxShown));
  return { shown: all.filter((one) => !leftOut.has(one)), more: leftOut.size };
}

export function moreDeniedText(more: number): string {
  return `${more} more belong to others, or cannot be identified as yours`;
}
