/** Output of verbs: one JSON object, or text for people. */

import { once } from 'node:events';
import { jsonText, visibleText } from '../protocol';
import { inTerminalWords } from './terminal-words';

/** The version of the JSON shapes. */
const schema = 1;
/** Characters. */
const chunkSize = 64 * 1024;

export function printJson(value: object): void {
  process.stdout.write(`${jsonText({ schema, ...value }, inWordsOfItsOwn)}\n`);
}

/**
 * As printJson({ [name]: rows, ...rest }), as they come: there may be hundreds of thousands. `rows`: JSON of some, with commas in
 * between; of none in the first part only. `rest` is not empty.
 */
export async function printJsonRows(
  name: string,
  rows: AsyncIterable<Uint8Array>,
  rest: object,
): Promise<void> {
  let before = `{"schema":${schema},${jsonText(name)}:[`;
  for await (const some of rows) {
    write(before);
    process.stdout.write(some);
    before = ',';
  }
  write(`],${jsonText(rest).slice(1)}\n`);
}

/** Writes the text if it is enough for one write, and returns what is left to be written. */
function inChunks(text: string): string {
  if (text.length < chunkSize) return text;
  write(text);
  return '';
}

/** As bytes: a string that waits for its reader keeps all the strings that it was put together from. */
function write(text: string): void {
  process.stdout.write(Buffer.from(text));
}

/** What a process has written stays as it is. */
function inWordsOfItsOwn(this: object, _: string, value: unknown): unknown {
  return typeof value === 'string' && !('pid' in this) ? inTerminalWords(value) : value;
}

export function printLine(line: string): void {
  process.stdout.write(`${inTerminalWords(line)}\n`);
}

/** Resolves once the reader of standard output has taken most of what was printed. */
export async function drained(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}

function printLines(lines: readonly string[]): void {
  let text = '';
  for (const line of lines) text = inChunks(`${text}${inTerminalWords(line)}\n`);
  write(text);
}

/** On standard error: what a person has to know besides the answer. */
export function printNotice(line: string): void {
  process.stderr.write(`${inTerminalWords(line)}\n`);
}

/** Aligned columns, whole: a row that is wider than the terminal goes on in its next line, as in ss. Cells are untrusted text. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  printLines(alignedLines(header, rows));
}

function alignedLines(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const table = [header, ...rows].map((row) => row.map(visibleText));
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
