/** Runs tests in a guest with Debian's programs, under a kernel of Debian. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, step } from '../../lib/run.mjs';
import { qemuFolder } from '../apt.mjs';
import { createInitramfs } from '../initramfs.mjs';
import { fetchKernel, kernelSuites } from '../kernel.mjs';
import { obstacle, runMachine } from '../machine.mjs';
import { createBaseImage } from './base-image.mjs';
import { createPayload } from './payload.mjs';

/** What the disks need before the root file system is there; newer kernels have more of it built in. */
const modules = [
  'virtio',
  'virtio_ring',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_blk',
];

const init = fileURLToPath(new URL('init.sh', import.meta.url));

/** The reason why this machine cannot boot a guest with systemd; undefined: it can. */
export async function systemObstacle() {
  if (process.getuid() !== 0) return 'only root can make the disk of the guest';
  return obstacle();
}

/**
 * Resolves with a Map of what the guest wrote, by test file (without `.test.cjs`): the exit code of its run, 124 where it took
 * too long, and the text of its counts. A file that the guest did not come to is missing.
 */
export async function runInSystem({ version, suite, tests, systemd, minutes, programs = {} }) {
  const [consoleFile, logFile, resultFile] = ['console.log', 'tests.log', 'results'].map((name) =>
    join(qemuFolder, `${suite}-${version}-${name}`),
  );
  const base = await step('Make the disk of the guest', createBaseImage);
  const kernel = await step(`Fetch a Debian kernel ${version}`, () => fetchKernel(kernelSuites[version]));
  const disks = [base, createPayload(kernel, suite, tests, programs)];
  const initramfs = createInitramfs('system', { kernel, modules, init });
  const words = systemd ? 'systemd.wants=sockscope-tests.service' : 'init=/payload/without-systemd.sh';
  const serialFiles = [consoleFile, logFile, resultFile];
  await step(`Run ${tests.length} files of tests under Linux ${kernel.release} (${logFile})`, () =>
    runMachine({ kernel, initramfs, words, memory: 2048, disks, serialFiles, minutes }).catch((error) => {
      if (!(error instanceof Failure)) throw error;
      console.error(`The guest did not turn itself off (${error.message}); its console is in ${consoleFile}`);
    }),
  );
  return readResults(resultFile);
}

function readResults(file) {
  const text = readFileSync(file, 'utf8').replaceAll('/payload/checkout/', '');
  const lines = text.matchAll(/^(\S+) (\d+) (.*)\n/gm);
  return new Map([...lines].map(([, name, code, counts]) => [name, { code: Number(code), counts }]));
}
