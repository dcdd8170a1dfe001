/**
 * Prints numbers beside their aims, and collects them for --json. Nothing fails here, because the speed of a machine says
 * nothing about a change.
 */

const rows = [];
const notes = [];
let section = '';

/** `aim`: a text; without one, the number is for comparison only. */
export function report(name, value, aim) {
  console.log(`  ${name.padEnd(52)} ${String(value).padStart(14)}${aim ? `   (aim: ${aim})` : ''}`);
  const nothing = { other: null, ratio: null, met: null };
  rows.push({ name: `${section}: ${name}`, unit: '', ours: value, target: aim ?? null, ...nothing });
}

const shown = (value) => (value === null ? '-' : value.toLocaleString('en')).padStart(10);
const verdicts = new Map([
  [true, 'met'],
  [false, 'NOT MET'],
  [null, ''],
]);

/** A row with the number of another program beside ours. */
export function reportRow(row) {
  const { name, unit, ours, other, ratio, target, met } = row;
  const numbers = `${shown(ours)} ${shown(other)} ${shown(ratio)}`;
  console.log(
    `  ${name.padEnd(62)}${numbers}  ${unit.padEnd(11)} ${verdicts.get(met).padEnd(7)} ${target ?? ''}`,
  );
  rows.push(row);
}

/** Something to know about the numbers. */
export function note(text) {
  console.log(`  ${text}`);
  notes.push(text);
}

export function title(text) {
  console.log(`\n${text}`);
  section = text;
}

/** Everything that was reported. */
export const collected = () => ({ schema: 1, rows, notes });

export const milliseconds = (value) => `${value.toFixed(1)} ms`;

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Times in milliseconds; `aim` is for the 95th percentile. */
export function reportTimes(name, times, aim) {
  report(`${name}, p50`, milliseconds(percentile(times, 0.5)));
  report(`${name}, p95`, milliseconds(percentile(times, 0.95)), aim);
  report(`${name}, longest`, milliseconds(Math.max(...times)));
}
