/** Boots the guest without KVM, which nested machines often lack, and returns its output. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, run, step, which } from '../lib/run.mjs';
import { setup } from '../setup.mjs';
import { createInitramfs } from './initramfs.mjs';
import { fetchKernel, qemuFolder } from './kernel.mjs';

const resultFile = join(qemuFolder, 'result.json');
const consoleFile = join(qemuFolder, 'console.log');

const minutes = 4;

async function boot(image, initramfs) {
  for (const file of [resultFile, consoleFile]) rmSync(file, { force: true });
  const machine = ['-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-smp', '2', '-nodefaults', '-no-reboot'];
  const ports = ['-display', 'none', '-serial', `file:${consoleFile}`, '-serial', `file:${resultFile}`];
  const kernel = ['-kernel', image, '-initrd', initramfs, '-append', 'console=ttyS0 panic=-1 quiet'];
  await run('qemu-system-x86_64', [...machine, ...ports, ...kernel], { timeout: minutes * 60_000 });
}

/** The reason why this machine cannot boot a guest, or the parts that it boots from. */
async function prepare() {
  if (process.arch !== 'x64') return { reason: 'the guest is x86-64, and so must this machine be' };
  try {
    await setup('qemu');
    if (!which('qemu-system-x86_64')) return { reason: 'qemu-system-x86_64 is missing' };
    return { kernel: await step('Fetch a Debian kernel 6.1', fetchKernel) };
  } catch (error) {
    if (error instanceof Failure) return { reason: error.message };
    throw error;
  }
}

/** Resolves with { reason } if no guest can boot, else with { result }, the file that the guest wrote. */
export async function bootGuest() {
  const { reason, kernel } = await prepare();
  if (reason) return { reason };
  const initramfs = await step('Create the initramfs', () => createInitramfs(kernel.modules));
  await step('Boot it under QEMU', () => boot(kernel.image, initramfs));
  if (readFileSync(resultFile, 'utf8') === '') {
    throw new Failure(
      `The guest said nothing. Its console:\n${readFileSync(consoleFile, 'utf8').slice(-4000)}`,
    );
  }
  return { result: resultFile };
}
