/** Bugs of kernels that touch what the broker does, by version. Pure. */

import type { KnownBug } from '../protocol';

interface KernelBug {
  /** As in KnownBug. */
  readonly name: string;
  readonly what: string;
  /** What Sockscope, or its user, does about it until the kernel is updated: a sentence without its full stop. */
  readonly answer: string;
  /** The first version that has it, in the way that the broker meets it. */
  readonly since: string;
  /** The first version without it of each branch that is known to have been mended. Newer branches never had it. */
  readonly fixed: readonly string[];
}

const bugs: readonly KernelBug[] = [
  {
    name: 'CVE-2026-98384', // 01b245ba016d
    what: 'bpf_sock_destroy reads past the end of time-wait and syn-recv sockets',
    answer: 'Sockscope uses only SOCK_DESTROY on these',
    since: '6.5',
    fixed: ['6.12.112', '7.2.9'],
  },
  {
    name: 'listener-queue', // eaab8cab451b
    what: 'bpf_sock_destroy may sleep where it must not, on a listener with connections in its queue',
    answer: 'Sockscope uses only SOCK_DESTROY on these',
    since: '6.5',
    fixed: ['6.12.112', '7.2.9'],
  },
  {
    name: 'tcp-walk', // e5fd3f514e27; the broker walks over TCP sockets only where there is bpf_sock_destroy
    what: 'a walk over all TCP sockets may use a freed one, or free one twice',
    answer:
      'Sockscope walks to destroy, and to list sockets without a visible owner, at most every two seconds',
    since: '6.5',
    fixed: ['6.12.104', '7.3'],
  },
  {
    name: 'udp-walk',
    what: 'a walk over all UDP sockets may skip some, or not end',
    answer: 'Sockscope gives a walk two seconds, then it uses SOCK_DESTROY',
    since: '6.5',
    fixed: ['6.6.14'],
  },
  {
    name: 'orphan-abort', // bac76cf89816
    what: 'a destroyed connection without a process may stay for ever',
    answer: 'Sockscope looks every socket up again, and reports one that is still there as failed',
    since: '4.5',
    fixed: ['6.1.132', '6.10.8', '6.11'],
  },
  {
    name: 'udp-hash', // udp_unhash4_on_disconnect
    what: 'a UDP socket with a remote may stay in a table of the kernel when it is destroyed, with unknown results',
    answer: 'Sockscope cannot prevent that: end the process instead where it matters',
    since: '6.13',
    fixed: ['7.2.9'],
  },
];

type Version = readonly [major: number, minor: number, patch: number];

function parse(text: string): Version {
  const [major = 0, minor = 0, patch = 0] = (/^\d+(?:\.\d+){0,2}/.exec(text)?.[0] ?? '')
    .split('.')
    .map(Number);
  return [major, minor, patch];
}

const branchOf = ([major, minor]: Version) => major * 1000 + minor;

function hasBug(version: Version, { since, fixed }: KernelBug): boolean {
  const mended = fixed.map(parse);
  if (branchOf(version) < branchOf(parse(since))) return false;
  const own = mended.find((each) => branchOf(each) === branchOf(version));
  if (own) return version[2] < own[2];
  return mended.some((each) => branchOf(version) < branchOf(each));
}

export interface KernelName {
  /** `uname -r`. */
  readonly release: string;
  /** `uname -v`, in which Debian has the version that its own is made from. */
  readonly version: string;
  /** /proc/version_signature, in which Ubuntu has it; otherwise empty. */
  readonly signature: string;
}

/** The version of kernel.org that this kernel is made from, as far as it says. */
export function upstreamVersion({ release, version, signature }: KernelName): string {
  const debian = /\bDebian (\d+\.\d+\.\d+)/.exec(version)?.[1];
  const ubuntu = /^Ubuntu \S+ (\d+\.\d+\.\d+)/.exec(signature)?.[1];
  return debian ?? ubuntu ?? parse(release).join('.');
}

/** Those that this kernel has by its version. */
export function knownBugs(kernel: KernelName): KnownBug[] {
  const version = upstreamVersion(kernel);
  return bugs
    .filter((bug) => hasBug(parse(version), bug))
    .map((bug) => ({
      name: bug.name,
      detail: `Linux ${version} may have it, by its version: ${bug.what}. ${bug.answer}. Update the kernel: Linux ${nextFixed(parse(version), bug)} has the fix, and your distribution's own may have it`,
    }));
}

/** The nearest version without the bug of those that have it. */
function nextFixed(version: Version, { fixed }: KernelBug): string {
  return fixed.find((each) => branchOf(parse(each)) >= branchOf(version)) ?? '';
}
