/** Reads the arguments that `why` and `free` share. */

import type { Client } from '../client/connect';
import { ownNamespace } from '../common/own-namespace';
import { listSockets, type Namespace, nearest, type PortParams } from '../protocol';
import { serveCommand } from './connect';
import { Containers } from './containers';
import { CommandError, Exit } from './exit';

export const portOptions = {
  json: { type: 'boolean', default: false },
  udp: { type: 'boolean', default: false },
  net: { type: 'string', default: '' },
} as const;

/** Throws CommandError (usage) unless there is exactly one port. */
export function readPort(words: readonly string[]): number {
  const [word, another] = words;
  if (word === undefined) throw new CommandError(Exit.usage, 'A port is needed, such as 3000');
  if (another !== undefined)
    throw new CommandError(Exit.usage, `One port at a time: ${word}, then "${another}"`);
  const port = /^:?(\d{1,5})$/.exec(word)?.[1];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65535) return Number(port);
  // Of an address, the port stands last.
  const last = Number(word.match(/\d+/g)?.at(-1));
  const hint = last >= 1 && last <= 65535 ? last : 3000;
  throw new CommandError(
    Exit.usage,
    `"${word}" is not a port: a port is a number from 1 to 65535, such as ${hint}`,
  );
}

/** Throws CommandError: usage where there is no such network namespace, denied where only the agent can enter it. */
export async function readPortParams(
  client: Client,
  port: number,
  { udp, net }: { readonly udp: boolean; readonly net: string },
): Promise<PortParams> {
  const netns = net === '' ? ownNamespace() : await namespaceOf(client, port, net);
  return { port, protocol: udp ? 'udp' : 'tcp', netns };
}

/** Inode number of a namespace by its name in `ip netns`, a container's name or id, or its inode. */
async function namespaceOf(client: Client, port: number, net: string): Promise<number> {
  await new Containers(client).refresh();
  const { namespaces } = await client.request(listSockets, { filter: `port:${port}` });
  const found = namespaces.find((namespace) => isNamed(namespace, net));
  if (found && (found.own || client.info.mode !== 'observer')) return found.netns;
  if (client.info.mode === 'observer')
    throw new CommandError(
      Exit.denied,
      `"${net}" is not the network namespace of this command, and only the agent can enter another. Start it in another terminal: ${serveCommand()}`,
    );
  const names = namespaces.flatMap(({ name, container }) => name ?? container?.name ?? []);
  const known = names.length > 0 ? `the nearest is ${nearest(net, names)}` : 'none has a name';
  throw new CommandError(Exit.usage, `No network namespace is called "${net}": ${known}`);
}

function isNamed({ netns, name, container }: Namespace, net: string): boolean {
  const byId = net.length >= 12 && container?.id.startsWith(net) === true;
  return name === net || container?.name === net || String(netns) === net || byId;
}
