/** Tables of the documentation. Pure. */

const line = (cells) => `| ${cells.join(' | ')} |`;

const headOf = (columns) => line(Object.values(columns));

/** `columns`: their titles, by the key that a row has for each. */
export function tableOf(columns, rows) {
  const keys = Object.keys(columns);
  const body = rows.map((row) => line(keys.map((key) => row[key])));
  return [headOf(columns), line(keys.map(() => '---')), ...body].join('\n');
}

/** The one of these columns in a Markdown text. */
export function tableIn(columns, text) {
  return text.split('\n\n').find((paragraph) => paragraph.startsWith(headOf(columns)));
}
