/** The Debian and Ubuntu packages that each purpose needs. */

import { nativePackages } from '../build-native.mjs';

export const packages = {
  build: nativePackages,
  check: ['clang-format'],
  /** The compiler for the other kind of machine. */
  release: [process.arch === 'arm64' ? 'g++-x86-64-linux-gnu' : 'g++-aarch64-linux-gnu'],
  /** Runs programs of arm64. */
  package: ['qemu-user'],
  /** A browser to drive the workbench with; another Chromium on PATH serves as well. */
  browser: ['chromium'],
  /** Network namespaces, other users, victims in other languages, containers, shells and man. */
  agent: [
    'busybox-static',
    'fish',
    'golang-go',
    'iproute2',
    'iptables',
    'man-db',
    'podman',
    'procps',
    'python3',
    'runc',
    'strace',
    'sudo',
    'util-linux',
    'zsh',
  ],
  /** bpftool, which prints the run times of BPF programs, programs to compare with, and a counter of instructions. */
  bench: ['bpftool', 'lsof', 'net-tools', 'valgrind'],
  /** libFuzzer and the sanitizers of clang. */
  fuzz: ['clang', 'libclang-rt-dev'],
  /** A plain user with a password. */
  user: ['passwd', 'sudo', 'util-linux'],
  /** Kernels to boot, and a system for them. */
  qemu: ['busybox-static', 'cpio', 'debootstrap', 'e2fsprogs', 'kmod', 'qemu-system-x86', 'xz-utils'],
};
