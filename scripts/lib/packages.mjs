/** The Debian and Ubuntu packages that each purpose needs. */

import { nativePackages } from '../build-native.mjs';

export const packages = {
  build: nativePackages,
  check: ['clang-format'],
  /** A browser to drive the workbench with; another Chromium on PATH serves as well. */
  browser: ['chromium'],
  /** Network namespaces, other users, and victims in other languages. */
  agent: ['golang-go', 'iproute2', 'procps', 'python3', 'strace', 'sudo', 'util-linux'],
  /** What the kernel tells of BPF programs. */
  bench: ['bpftool'],
  /** A plain user with a password. */
  user: ['passwd', 'sudo', 'util-linux'],
  /** A kernel to boot. */
  qemu: ['busybox-static', 'cpio', 'qemu-system-x86'],
};
