/** Why a part of the broker is missing, and what to do about it, from its log and what the system says of itself. Pure. */

import { isRejected, type Part, reasonText } from './load-log';

export interface SystemFacts {
  /** `uname -r`. */
  readonly release: string;
  /** The kernel shows its types, without which it takes none of the BPF programs. */
  readonly hasTypes: boolean;
  /** As /sys/kernel/security/lockdown has it: `integrity`, `confidentiality`; empty: none, or unknown. */
  readonly lockdown: string;
  /** As /sys/kernel/security/lsm has them: `capability,yama,selinux`. */
  readonly securityModules: readonly string[];
}

/** Those with rules on bpf(), which may refuse it to root. */
const refusing = ['selinux', 'apparmor', 'smack', 'bpf'];

/** The oldest kernel on which every part but bpf_sock_destroy loads. */
const oldestWhole = [6, 1] as const;
const firstKfunc = [6, 5] as const;

function isOlder(release: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

/** Of a part that is made of BPF programs: `: CAUSE. REMEDY`, without the last full stop. */
export function bpfCause(part: Part, log: string, facts: SystemFacts): string {
  const { release, hasTypes, lockdown } = facts;
  const reason = reasonText(log, part);
  if (reason.includes('CAP_BPF'))
    return ': root has no CAP_BPF and CAP_PERFMON here, as in most containers. Give it both, or start the agent on the host';
  // What it lacks can be mounted, and is found at the next start.
  if (reason.includes('cgroup2 mount'))
    return ': no cgroup2 is mounted. Mount it (sudo mount --mkdir -t cgroup2 none /sys/fs/cgroup/unified), then start the agent again';
  if (!hasTypes)
    return ': this kernel was built without BTF (CONFIG_DEBUG_INFO_BTF). Boot one of a distribution that has it';
  if (part === 'destroy' && isOlder(release, firstKfunc))
    return ': it came with Linux 6.5. Boot that or a newer one';
  if (lockdown === 'confidentiality')
    return ': lockdown=confidentiality forbids BPF to read what this needs. Boot with lockdown=integrity, which does not';
  if (isOlder(release, oldestWhole)) return `: Linux ${release} is too old for it. Boot Linux 6.1 or newer`;
  // With EACCES, mostly.
  if (isRejected(log, part))
    return `: the verifier of Linux ${release} refuses it. Report that, with what it says: sockscope doctor --log`;
  if (/not permitted|Permission denied|EPERM|EACCES/.test(reason)) return refusalText(facts);
  return reason === '' ? '' : `: ${reason}. What the kernel said: sockscope doctor --log`;
}

/** Root has the capabilities, and is refused all the same. */
function refusalText({ securityModules }: SystemFacts): string {
  const named = securityModules.filter((name) => refusing.includes(name));
  const who = ['a seccomp filter, as of a container', ...named.map((name) => `the security module ${name}`)];
  return `: bpf() is refused, though root has the capabilities for it, most likely by ${who.join(' or ')}. Allow it there (as root, ausearch -m avc and dmesg name rules), or start the agent outside`;
}

/** Of SOCK_DESTROY; likewise. */
export function sockDiagCause(log: string): string {
  const reason = reasonText(log, 'sock_diag_destroy');
  if (reason.includes('Protocol not supported'))
    return 'The kernel has no sock_diag for TCP. If it is a module, load it (sudo modprobe -a tcp_diag udp_diag)';
  if (reason.includes('not permitted'))
    return 'Root has no CAP_NET_ADMIN here, as in most containers. Give it that, or start the agent on the host';
  if (reason.includes('not supported'))
    return 'The kernel was built without SOCK_DESTROY (CONFIG_INET_DIAG_DESTROY). Boot one of a distribution that has it';
  return `SOCK_DESTROY cannot be used: ${reason}`;
}
