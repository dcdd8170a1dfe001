/** What root may do here. In a container, it mostly lacks what the kernel wants of whoever looks at, or destroys, others' sockets. */

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { agentSocketPath, isRunHidden } from './agent-socket';
import { missingProc } from './missing-proc';
import { dynamicIds, hasAllUids, mapsAny, ownUidMap } from './user-namespace';

/** Numbers of linux/capability.h. */
const bits = {
  CAP_SETGID: 6n,
  CAP_SETUID: 7n,
  CAP_NET_ADMIN: 12n,
  CAP_SYS_PTRACE: 19n,
  CAP_SYS_ADMIN: 21n,
  CAP_PERFMON: 38n,
  CAP_BPF: 39n,
} as const;
type Capability = keyof typeof bits;

export interface RootPowers {
  /** As a broker of its own does: sockets with their owners. */
  readonly sees: boolean;
  /** Destroys sockets, by either engine. */
  readonly acts: boolean;
  /** What it lacks of all this: capabilities, a uid, a folder. */
  readonly missing: readonly string[];
}

/** Of this process, if it is root's; else of one that it starts by sudo. */
export function rootPowers(): RootPowers {
  // Without /proc, whatever starts says that first.
  if (missingProc() !== null) return { sees: true, acts: true, missing: [] };
  const powers = powersOf(readFileSync('/proc/self/status', 'utf8'), process.getuid?.() === 0);
  const lacks = namespaceLacks(ownUidMap(), isRunHidden());
  return lacks.length === 0 ? powers : { sees: false, acts: false, missing: [...powers.missing, ...lacks] };
}

/** What an agent, or a broker of root's own, needs of a user namespace. `uidMap`: /proc/self/uid_map. */
export function namespaceLacks(uidMap: string, runIsHidden: boolean): string[] {
  const { first, last } = dynamicIds;
  if (!mapsAny(uidMap, dynamicIds)) return [`uid from ${first} to ${last} for the agent`];
  return runIsHidden ? ['/run of its own'] : [];
}

/** By its capabilities. `status`: /proc/self/status. */
export function powersOf(status: string, isRoot: boolean): RootPowers {
  const field = isRoot ? 'CapEff' : 'CapBnd';
  const [, text = '0'] = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status) ?? [];
  const set = BigInt(`0x${text}`);
  const has = (name: Capability) => (set & (1n << bits[name])) !== 0n;
  const changesUid = has('CAP_SETUID') && has('CAP_SETGID');
  const loadsBpf = has('CAP_SYS_ADMIN') || (has('CAP_BPF') && has('CAP_PERFMON'));
  return {
    sees: changesUid && (loadsBpf || has('CAP_SYS_PTRACE')),
    acts: changesUid && (loadsBpf || has('CAP_NET_ADMIN')),
    missing: (Object.keys(bits) as Capability[]).filter((name) => !has(name)),
  };
}

/** `root has no CAP_NET_ADMIN, CAP_BPF here`. */
export function lackText({ missing }: RootPowers): string {
  const where = hasAllUids() ? 'most containers' : 'a rootless container';
  return `root has no ${missing.join(', ')} here, as in ${where}`;
}

/**
 * What to do, in a sentence. The folder and not the socket in it, which is another one after each start of the agent. A client cannot
 * see who made it where the machine's root is nobody.
 */
export function mountAdvice(uid: number): string {
  if (!hasAllUids()) return outsideAdvice;
  const folder = hostFolder(uid);
  const whose = uid === 0 ? ` (${firstUid} stands for your uid there)` : '';
  return `Start the agent on the host (sudo sockscope agent serve), and mount the folder of its socket into the container${whose}: --volume ${folder}:${folder}`;
}

/** Where a user namespace is in the way. */
export const outsideAdvice = 'Use Sockscope on the host, outside of this user namespace';

/** Of the agent's socket on the host. A container's root is mostly started by somebody with another uid there, such as the first. */
export function hostFolder(uid: number): string {
  return dirname(agentSocketPath(uid === 0 ? firstUid : uid));
}

/** Of people, as Debian, Fedora and most others give it. */
const firstUid = 1000;
