/** Text in lines of at most so many characters. */

const maxWidth = 100;

/** Of the terminal; columns side by side need some. */
function lineWidth(): number {
  return Math.min(maxWidth, Math.max(60, process.stdout.columns || maxWidth));
}

export function wrap(text: string, columns = lineWidth()): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Two columns; the second is wrapped, and begins on a line of its own where the first is too long. */
export function columns(rows: readonly (readonly [string, string])[], maxFirst: number): string[] {
  const width = lineWidth();
  const first = Math.min(maxFirst, width - 24, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, width - first - 4);
    const [head = '', ...rest] = left.length > first ? ['', ...lines] : lines;
    const indented = rest.map((line) => `${' '.repeat(first + 4)}${line}`);
    return [`  ${left.padEnd(first)}  ${head}`.trimEnd(), ...indented];
  });
}
