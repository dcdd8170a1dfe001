/** Prints numbers beside their aims. Nothing fails here, because the speed of a machine says nothing about a change. */

/** `aim`: a text; without one, the number is for comparison only. */
export function report(name, value, aim) {
  console.log(`  ${name.padEnd(52)} ${String(value).padStart(14)}${aim ? `   (aim: ${aim})` : ''}`);
}

export function title(text) {
  console.log(`\n${text}`);
}

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
