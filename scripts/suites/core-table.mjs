/** Tables of what the core of the agent's tests came to in guests. Pure. */

export const coreColumns = {
  kernel: 'Core of the tests on',
  release: 'Tried with',
  files: 'Files',
  passed: 'Passed',
  failed: 'Failed',
  skipped: 'Skipped',
};

/** One for each kernel of `kept` (kept-core.mjs); `names`: the files of the core. */
export function coreRows(kept, names) {
  return Object.entries(kept).map(([version, { release, files }]) => {
    const ran = names.flatMap((name) => files[name] ?? []);
    const sum = (key) => ran.reduce((total, counts) => total + counts[key], 0);
    return {
      kernel: `Linux ${version}`,
      release,
      files: `${ran.length} of ${names.length}`,
      passed: sum('passed'),
      failed: sum('failed'),
      skipped: sum('skipped'),
    };
  });
}

const cellText = (counts) => (counts ? `${counts.passed} / ${counts.failed} / ${counts.skipped}` : 'not run');

/** For a terminal: a line for each file, a column for each kernel. */
export function coreText(kept, names) {
  const line = (first, rest) =>
    `${first.padEnd(24)}${rest.map((text) => text.padEnd(16)).join('')}`.trimEnd();
  const kernels = Object.entries(kept);
  const head = line(
    'passed/failed/skipped',
    kernels.map(([version]) => `Linux ${version}`),
  );
  const lines = names.map((name) =>
    line(
      name,
      kernels.map(([, { files }]) => cellText(files[name])),
    ),
  );
  return [head, ...lines].join('\n');
}
