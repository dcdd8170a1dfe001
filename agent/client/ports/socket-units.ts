/** Socket units of systemd: a service manager holds their ports, and starts a service at the first connection. */

import { commandText } from '../../common/command-text';
import { list } from '../../common/process-text';
import { t } from '../../common/translate';
import { formatEndpoint, type PortHolder } from '../../protocol';
import { patientMs, runProgram } from '../run-program';
import { asRoot } from '../served-uid';
import type { NextStep } from './free-types';
import { isBinding } from './published';

export interface SocketUnit {
  /** `cups.socket`. */
  readonly name: string;
  /** Null: its port is that of remote logins, which nobody should be told to close. */
  readonly stop: NextStep | null;
}

interface ListeningUnit {
  readonly name: string;
  /** `127.0.0.1:631`, as formatEndpoint writes it. */
  readonly ends: readonly string[];
  /** What it starts, such as `cups.service`. */
  readonly triggers: readonly string[];
}

type Manager = 'system' | 'user';

/** Null: no unit of a manager that this user may ask. Never rejects. */
export async function socketUnitOf(holder: PortHolder): Promise<SocketUnit | null> {
  const manager = managerOf(holder);
  if (!manager) return null;
  const user = manager === 'user' ? ['--user'] : [];
  const show = [...user, 'show', '-p', 'Id,Listen,Triggers', '--', '*.socket'];
  const units = parseSocketUnits((await runProgram('systemctl', show, patientMs)).stdout);
  const ends = holder.sockets.map(({ local }) => formatEndpoint(local));
  const unit = units.find((one) => one.ends.some((end) => ends.includes(end)));
  return unit ? toSocketUnit(unit, holder, manager) : null;
}

/** A holder that cannot be seen, with a socket of root's, may be the system's manager: anybody may ask that for its units. */
function managerOf(holder: PortHolder): Manager | null {
  const { owners, sockets } = holder;
  if (!isBinding(holder)) return null;
  if (owners.length === 0) return sockets.some(({ uid, kernel }) => uid === 0 && !kernel) ? 'system' : null;
  const manager = owners.find(({ name }) => name === 'systemd');
  if (!manager) return null;
  return manager.pid === 1 ? 'system' : 'user';
}

function toSocketUnit(
  { name, triggers }: ListeningUnit,
  { owners }: PortHolder,
  manager: Manager,
): SocketUnit {
  if (/^sshd?\.socket$/.test(name)) return { name, stop: null };
  // The service has been started, and inherited the socket.
  const units = owners.length > 1 ? [name, ...triggers] : [name];
  const command = commandText(['systemctl', ...(manager === 'user' ? ['--user'] : []), 'stop', ...units]);
  return {
    name,
    stop: {
      command: manager === 'user' ? command : asRoot(command),
      why:
        triggers.length === 0
          ? t('systemd closes the port')
          : t('systemd closes the port, and starts {0} for it no more', list(triggers)),
    },
  };
}

/** Output of `systemctl show -p Id,Listen,Triggers`: a paragraph for each unit. */
function parseSocketUnits(stdout: string): ListeningUnit[] {
  return stdout.split('\n\n').flatMap((paragraph) => {
    const values = (name: string) =>
      paragraph
        .split('\n')
        .flatMap((line) => (line.startsWith(`${name}=`) ? line.slice(name.length + 1) : []));
    const [name = ''] = values('Id');
    if (!/^[\w:.@\\-]+\.socket$/.test(name)) return [];
    const ends = values('Listen').map((listen) => listen.replace(/ \((Stream|Datagram)\)$/, ''));
    return [{ name, ends, triggers: values('Triggers').flatMap((units) => units.split(' ')) }];
  });
}
