/** Why a bind fails although nothing holds the port. Pure. */

import { list } from '../../common/process-text';
import { type BindTrial, isAbsent } from '../../protocol';
import type { PortAnswer } from './free-types';

/** One sentence, without a full stop. */
export function refusalText({ binds, leftOut }: Pick<PortAnswer, 'binds' | 'leftOut'>): string {
  const refused = binds.filter(({ reuseaddr, error }) => !reuseaddr && error !== null);
  const { error } = refused.find((trial) => !isAbsent(trial)) ?? refused[0] ?? { error: null };
  if (error === 'EADDRINUSE' && leftOut.sockets > 0)
    return 'EADDRINUSE, and the socket that has it is among those that are not listed';
  return `${error ?? 'no bind works'}: ${reasonOf(error, refused)}`;
}

function reasonOf(error: string | null, refused: readonly BindTrial[]): string {
  const addresses = list(refused.map(({ address }) => address));
  switch (error) {
    case 'EADDRNOTAVAIL':
      return `${addresses} is no address of this machine`;
    case 'EAFNOSUPPORT':
      return 'the machine has no IPv6';
    case 'EADDRINUSE':
      return 'no socket that can be seen has the port. A bind filter (BPF) can refuse it so and, under WSL, a range that Windows keeps for itself';
    case 'EACCES':
    case 'EPERM':
      return "no socket has the port, and it is not a privileged one: a security module or a bind filter refuses it (SELinux, Landlock, systemd's SocketBindDeny=, BPF)";
    default:
      return 'the kernel gives no other reason';
  }
}
