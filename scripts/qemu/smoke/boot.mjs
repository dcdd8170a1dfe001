/** Boots the guest of the smoke, and returns its output. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, step } from '../../lib/run.mjs';
import { qemuFolder } from '../apt.mjs';
import { fetchKernel, kernelSuites } from '../kernel.mjs';
import { obstacle, runMachine } from '../machine.mjs';
import { createSmokeInitramfs } from './initramfs.mjs';
import { variants } from './variants.mjs';

const fileOf = (variant, ending) =>
  join(qemuFolder, `smoke-${variant.toLowerCase().replace(/[^a-z0-9.]+/g, '-')}${ending}`);

/** Resolves with { reason } if no guest can boot, else with { result }, the file that the guest wrote. */
export async function bootSmoke(variant) {
  const reason = await obstacle();
  if (reason) return { reason };
  const { version, words = '', without = 'nothing' } = variants[variant];
  let kernel;
  try {
    kernel = await step(`Fetch a Debian kernel (${version})`, () => fetchKernel(kernelSuites[version]));
  } catch (error) {
    if (error instanceof Failure) return { reason: error.message };
    throw error;
  }
  const initramfs = await step('Create the initramfs', () => createSmokeInitramfs(kernel, without));
  const [consoleFile, result] = [fileOf(variant, '-console.log'), fileOf(variant, '.json')];
  // The kernel gives words that it does not know to the first process, as variables.
  const machine = { kernel, initramfs, words: `${words} without=${without}`, memory: 1024, minutes: 60 };
  await step(`Boot ${variant} under QEMU`, () =>
    runMachine({ ...machine, serialFiles: [consoleFile, result] }),
  );
  if (readFileSync(result, 'utf8') === '') {
    throw new Failure(
      `The guest said nothing. Its console:\n${readFileSync(consoleFile, 'utf8').slice(-4000)}`,
    );
  }
  return { result };
}
