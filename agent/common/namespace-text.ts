/** Sentences about network namespaces whose sockets without an owner are missing in a list. */

import { limits, type Namespace } from '../protocol';

type Unread = Pick<Namespace, 'netns' | 'name' | 'errno'>;
type Listed = Unread & Pick<Namespace, 'own' | 'container'>;

/** Named in one sentence; a user can have thousands. */
const maxNamed = 3;

/** Whether an answer has only some of the namespaces. */
export function isCut({ length }: readonly unknown[]): boolean {
  return length >= limits.namespaces;
}

/** Those that are read, and have no name, are the first that an answer lacks: without any of them it may lack others as well. */
export function cutText(namespaces: readonly Listed[]): string | null {
  const isKnown = ({ own, name, container, errno }: Listed) =>
    own || name !== null || container !== null || errno !== null;
  if (!isCut(namespaces) || !namespaces.every(isKnown)) return null;
  return `There are ${limits.namespaces} network namespaces or more: others may not have been read either`;
}

/** One for each reason, without a full stop. */
export function unreadTexts(namespaces: readonly Unread[]): string[] {
  const byErrno = new Map<string, Unread[]>();
  for (const namespace of namespaces) {
    if (namespace.errno === null) continue;
    const same = byErrno.get(namespace.errno);
    if (same) same.push(namespace);
    else byErrno.set(namespace.errno, [namespace]);
  }
  return [...byErrno].map(([errno, unread]) => unreadText(errno, unread));
}

const noSockDiag = 'kernel, or a sandbox around this program, has no sock_diag for TCP or UDP';
const loadSockDiag = '. If it is a module, load it (sudo modprobe -a tcp_diag udp_diag)';

/** A matter of the kernel, not of namespaces. An observer has all that it lists from there. */
const withoutSockDiag = `The ${noSockDiag}: sockets without an owner are missing, and without the agent all${loadSockDiag}`;

/** Why one that was not seen may be in a namespace that could not be read (ENOENT: nothing leads to it), and what helps. */
export function unseenReason(errno: string): string {
  if (errno === 'EPROTONOSUPPORT') return `the ${noSockDiag}${loadSockDiag}`;
  if (errno === 'ENOENT') return 'its network namespace has ended, or cannot be found from here (ENOENT)';
  return `its network namespace could not be read${reasonText(errno, 'it')}${adviceText(errno)}`;
}

/** Whether that is so in one of these namespaces. */
export function lacksSockDiag(namespaces: readonly Pick<Namespace, 'errno'>[]): boolean {
  return namespaces.some(({ errno }) => errno === 'EPROTONOSUPPORT');
}

function unreadText(errno: string, unread: readonly Unread[]): string {
  if (errno === 'EPROTONOSUPPORT') return withoutSockDiag;
  const names = unread.slice(0, maxNamed).map(({ name, netns }) => name ?? `${netns}`);
  const more = unread.length > maxNamed ? ', ...' : '';
  const [subject, whose] =
    unread.length === 1
      ? [`The network namespace ${names[0]}`, 'its']
      : [`${unread.length} network namespaces (${names.join(', ')}${more})`, 'their'];
  const object = unread.length === 1 ? 'it' : 'them';
  return `${subject} could not be read${reasonText(errno, object)}: ${whose} sockets without an owner are missing${adviceText(errno)}`;
}

/** What is known to help. */
function adviceText(errno: string): string {
  if (errno === 'EPERM') return '. Give root CAP_SYS_ADMIN, or start the agent on the host';
  if (errno === 'ETIMEDOUT') return '. Ask again when the machine is less busy';
  if (errno === 'EDQUOT') return '. End containers and sandboxes of that user that are not needed';
  return '';
}

function reasonText(errno: string, object: string): string {
  if (errno === 'ETIMEDOUT') return ' in time (ETIMEDOUT)';
  if (errno === 'EDQUOT') return ', because one user has too many of them (EDQUOT)';
  if (errno === 'EPERM') return `, as root has no CAP_SYS_ADMIN over ${object} (EPERM)`;
  return ` (${errno})`;
}
