/**
 * A node:test reporter that writes the counts and times as one JSON object:
 * { passed, failed, skipped: [{ name, reason }], files: [{ file, ms }], failures: [{ file, name, message }] }.
 */

export default async function* count(events) {
  const results = { passed: 0, failed: 0, skipped: [], failures: [] };
  const files = new Map();
  for await (const { type, data } of events) {
    // Other events report the same test, too.
    if (!['test:pass', 'test:fail'].includes(type)) continue;
    if (data.nesting === 0 && data.file)
      files.set(data.file, (files.get(data.file) ?? 0) + data.details.duration_ms);
    // Of a suite, its tests count; one that is skipped has none.
    if (data.details?.type === 'suite' && data.skip === undefined) continue;
    if (type === 'test:fail' && data.todo !== undefined) {
      results.skipped.push({ name: data.name, reason: `known to fail: ${data.todo}` });
    } else if (data.skip !== undefined) {
      results.skipped.push({ name: data.name, reason: typeof data.skip === 'string' ? data.skip : '' });
    } else if (type === 'test:pass') results.passed += 1;
    else {
      results.failed += 1;
      results.failures.push(failureOf(data));
    }
  }
  yield JSON.stringify({ ...results, files: [...files].map(([file, ms]) => ({ file, ms })) });
}

function failureOf({ file = '', name, details: { error } }) {
  return { file, name, message: String(error?.cause?.stack ?? error?.stack ?? error) };
}
