/**
 * Tries Sockscope on other kernels in virtual machines: the smoke on each kind (scripts/qemu/smoke/variants.mjs), and the core of the
 * agent's tests (scripts/suites/agent-core.mjs) on two.
 *   node scripts/kernels.mjs [--kind NAME]... [--kernel VERSION]... [FILE...]
 * --kind: only the smoke, of these. --kernel, FILE: only the core, on these kernels, and of it these files of test/agent.
 */

import { parseArgs } from 'node:util';
import { Failure, main } from './lib/run.mjs';
import { setup } from './setup.mjs';

function parse(words) {
  const options = {
    kind: { type: 'string', multiple: true },
    kernel: { type: 'string', multiple: true },
  };
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    throw new Failure(error.message, 2);
  }
}

function requireKnown(names, known) {
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Failure(`"${unknown}" is none of ${known.join(', ')}.`, 2);
  return names;
}

await main(import.meta.url, async (words) => {
  const { values, positionals } = parse(words);
  await setup();
  const { core, coreKernels } = await import('./suites/agent-core.mjs');
  const { variants } = await import('./qemu/smoke/variants.mjs');
  const { runCore } = await import('./suites/guests.mjs');
  const { runSmokes } = await import('./suites/kernel-smoke.mjs');
  const { add, nothing } = await import('./suites/results.mjs');
  const names = requireKnown(values.kind, Object.keys(variants));
  const versions = requireKnown(values.kernel, coreKernels);
  const files = positionals.length > 0 ? requireKnown(positionals, core) : undefined;
  const [onlySmoke, onlyCore] = [names !== undefined, versions !== undefined || files !== undefined];
  let total = nothing;
  if (onlySmoke || !onlyCore) total = add(total, await runSmokes({ names }));
  if (onlyCore || !onlySmoke) total = add(total, await runCore({ versions, names: files }));
  for (const { name, message } of total.failures) console.error(`Failed: ${name}: ${message}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  return total.failed > 0 ? 1 : 0;
});
