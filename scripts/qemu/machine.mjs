/**
 * A virtual machine without KVM, which nested machines often lack. Its clock counts instructions: on a busy machine everything in
 * it takes longer, and to itself it is as fast as ever, so that no deadline in it passes for that. It has one processor: with this
 * clock, Linux 6.1 waits for a second one without end.
 */

import { rmSync } from 'node:fs';
import { Failure, run, which } from '../lib/run.mjs';
import { setup } from '../setup.mjs';

/** The reason why this machine cannot boot a guest; undefined: it can. */
export async function obstacle() {
  if (process.arch !== 'x64') return 'the guest is x86-64, and so must this machine be';
  try {
    await setup('qemu');
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  return which('qemu-system-x86_64') ? undefined : 'qemu-system-x86_64 is missing';
}

/**
 * Boots a guest and resolves when it has turned itself off. `serialFiles` get what it writes to its serial ports, of which the
 * first is its console; `disks` stay as they are.
 */
export async function runMachine({
  kernel,
  initramfs,
  words = '',
  memory,
  disks = [],
  serialFiles,
  minutes,
}) {
  for (const file of serialFiles) rmSync(file, { force: true });
  await run(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg', '-icount', 'shift=0', '-cpu', 'max', '-m', String(memory)],
      ...['-nodefaults', '-no-reboot'],
      ...['-display', 'none', ...serialFiles.flatMap((file) => ['-serial', `file:${file}`])],
      ...disks.flatMap((file) => ['-drive', `file=${file},if=virtio,format=raw,snapshot=on`]),
      ...['-kernel', kernel.image, '-initrd', initramfs],
      ...['-append', `console=ttyS0 panic=-1 quiet ${words}`],
    ],
    { timeout: minutes * 60_000 },
  );
}
