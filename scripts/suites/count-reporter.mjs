/** A node:test reporter that writes the counts as one JSON object: { passed, failed, skipped: [{ name, reason }] }. */

export default async function* count(events) {
  const results = { passed: 0, failed: 0, skipped: [] };
  for await (const { type, data } of events) {
    // Other events report the same test, too.
    if (!['test:pass', 'test:fail'].includes(type) || data.details?.type === 'suite') continue;
    if (type === 'test:fail' && data.todo !== undefined) {
      results.skipped.push({ name: data.name, reason: `known to fail: ${data.todo}` });
    } else if (data.skip !== undefined) {
      results.skipped.push({ name: data.name, reason: typeof data.skip === 'string' ? data.skip : '' });
    } else if (type === 'test:pass') results.passed += 1;
    else results.failed += 1;
  }
  yield JSON.stringify(results);
}
