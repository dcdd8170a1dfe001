/** Why a bind fails although nothing holds the port. Pure. */

import { lacksSockDiag } from '../../common/namespace-text';
import { list } from '../../common/process-text';
import { t } from '../../common/translate';
import { type BindTrial, isAbsent } from '../../protocol';
import type { PortAnswer } from './free-types';

/** One sentence, without a full stop. */
export function refusalText({
  binds,
  leftOut,
  namespaces,
}: Pick<PortAnswer, 'binds' | 'leftOut' | 'namespaces'>): string {
  const refused = binds.filter(({ reuseaddr, error }) => !reuseaddr && error !== null);
  const { error } = refused.find((trial) => !isAbsent(trial)) ?? refused[0] ?? { error: null };
  if (error === 'EADDRINUSE' && leftOut.sockets > 0)
    return t('EADDRINUSE, and the socket that has it is among those that are not listed');
  if (error === 'EADDRINUSE' && lacksSockDiag(namespaces))
    return t('EADDRINUSE, and what has it is not seen, as there is no sock_diag here');
  return `${error ?? t('no bind works')}: ${reasonOf(error, refused)}`;
}

function reasonOf(error: string | null, refused: readonly BindTrial[]): string {
  const addresses = list(refused.map(({ address }) => address));
  switch (error) {
    case 'EADDRNOTAVAIL':
      return t('{0} is no address of this machine', addresses);
    case 'EAFNOSUPPORT':
      return t('the machine has no IPv6');
    case 'EADDRINUSE':
      return t(
        'no socket that can be seen has the port. A bind filter (BPF) can refuse it so and, under WSL, a range that Windows keeps for itself',
      );
    case 'EACCES':
    case 'EPERM':
      return t(
        "no socket has the port, and it is not a privileged one: a security module or a bind filter refuses it (SELinux, Landlock, systemd's SocketBindDeny=, BPF)",
      );
    default:
      return t('the kernel gives no other reason');
  }
}
