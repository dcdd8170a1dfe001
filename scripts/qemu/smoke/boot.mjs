/** Boots the guest of the smoke, and returns its output. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, step } from '../../lib/run.mjs';
import { qemuFolder } from '../apt.mjs';
import { fetchKernel, kernelSuites } from '../kernel.mjs';
import { obstacle, runMachine } from '../machine.mjs';
import { createSmokeInitramfs } from './initramfs.mjs';

const version = '6.1';
const consoleFile = join(qemuFolder, 'smoke-console.log');
const resultFile = join(qemuFolder, 'smoke.json');

/** Resolves with { reason } if no guest can boot, else with { result }, the file that the guest wrote. */
export async function bootSmoke() {
  const reason = await obstacle();
  if (reason) return { reason };
  let kernel;
  try {
    kernel = await step(`Fetch a Debian kernel ${version}`, () => fetchKernel(kernelSuites[version]));
  } catch (error) {
    if (error instanceof Failure) return { reason: error.message };
    throw error;
  }
  const initramfs = await step('Create the initramfs', () => createSmokeInitramfs(kernel));
  const serialFiles = [consoleFile, resultFile];
  await step('Boot it under QEMU', () =>
    runMachine({ kernel, initramfs, memory: 1024, serialFiles, minutes: 8 }),
  );
  if (readFileSync(resultFile, 'utf8') === '') {
    throw new Failure(
      `The guest said nothing. Its console:\n${readFileSync(consoleFile, 'utf8').slice(-4000)}`,
    );
  }
  return { result: resultFile };
}
