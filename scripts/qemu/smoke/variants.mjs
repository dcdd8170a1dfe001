/**
 * The systems of the smoke: a kernel of Debian, words of its command line, and what the guest goes `without` (init.sh). By name, as
 * .github/docs/kernels.md has them.
 */
export const variants = {
  'Linux 5.10': { version: '5.10' },
  'Linux 6.1': { version: '6.1' },
  'Linux 6.12': { version: '6.12' },
  'newest Linux': { version: 'newest' },
  '6.12 with lockdown=integrity': { version: '6.12', words: 'lockdown=integrity' },
  '6.12 with lockdown=confidentiality': { version: '6.12', words: 'lockdown=confidentiality' },
  // From 5.17 on, only the kernel's build takes its types away: the programs load without the file, too.
  '5.10 without BTF': { version: '5.10', without: 'btf' },
  '6.12 without /sys/kernel/btf': { version: '6.12', without: 'btf' },
  '6.12 without sock_diag': { version: '6.12', without: 'sock_diag' },
  '6.12 without SOCK_DESTROY': { version: '6.12', without: 'sock_destroy' },
  '6.1 without SOCK_DESTROY': { version: '6.1', without: 'sock_destroy' },
  '6.12 without cgroup2': { version: '6.12', without: 'cgroup2' },
};

/** The one that is in `npm test`. */
export const usualVariant = 'Linux 6.1';
