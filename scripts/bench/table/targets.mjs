/** Kinds of targets: each has its text, and the greatest value that meets it. */

/** What a client needs for decoding one row, in milliseconds: no floor has that. */
const decodeMs = 0.0015;
/** How near to the floor is near enough. */
const overFloor = 1.3;

const number = (value) => Number(value.toPrecision(3));

/** At most `factor` times the other's, or near what the kernel's raw iterator takes, with the decoding of the rows. */
export function times(factor) {
  return {
    text: ({ other, floor }) =>
      `at most ${number(factor)} x ${other}${floor ? `, or ${overFloor} x ${floor}` : ''}`,
    most: ({ other, floor, decoded }) =>
      Math.max(factor * other, floor === undefined ? 0 : overFloor * floor + decodeMs * decoded),
  };
}

/** At most so many milliseconds more than the other. */
export function plus(ms) {
  return { text: ({ other }) => `${other} + ${ms} ms`, most: ({ other }) => other + ms };
}

export function below(value) {
  return { text: () => `at most ${value}`, most: () => value };
}
