/** From a row of the tree to what a drill or an outage is aimed at. */

import type { Connection } from '../connection';
import { listAll } from '../list';
import type { Surroundings } from '../surroundings';
import type { Translate } from '../text';
import type { Node } from '../view-window';
import { aimOfGroup, aimOfSocket } from './aim-filter';

/** Throws with a reason for people. */
export async function aimOf(
  t: Translate,
  connection: Connection,
  nodes: readonly Node[],
  around: Surroundings,
): Promise<string> {
  const [node, another] = nodes;
  if (another) throw new Error(t('One connection, process or remote at a time: select a single row.'));
  if (node?.kind === 'group') return aimOfGroup(t, node.group.subject, around);
  if (node?.kind !== 'socket')
    throw new Error(t('Select a connection, a process or a remote in the Sockscope view.'));
  const { socket } = node.row;
  const { local, netns } = socket;
  const listeners = await listAll(connection, `:${local.port} state:listen net:${netns}`);
  return aimOfSocket(t, socket, listeners.length > 0);
}
