/** Reads the arguments that verbs about a port share. */

import type { Client } from '../client/connect';
import { listPage } from '../client/list-all';
import { bindAddresses } from '../client/ports/port-address';
import { startAdvice } from '../client/start-problem';
import { ownNamespace } from '../common/own-namespace';
import { canonicalAddress, isPort, type Namespace, nearest, type PortParams } from '../protocol';
import { Containers } from './containers';
import { CommandError, Exit } from './exit';

/** A port, and the addresses that it is asked about; none: all. */
export type AddressedPort = Pick<PortParams, 'port'> & { readonly addresses: readonly string[] };

/** `3000`, `:3000`, `127.0.0.1:3000`, `[::1]:3000`, `localhost:3000`; `:::3000`, as Node prints it. Throws CommandError (usage). */
export function readPort(words: readonly string[]): AddressedPort {
  const [word, another] = words;
  if (word === undefined) throw new CommandError(Exit.usage, 'A port is needed, such as 3000');
  if (another !== undefined)
    throw new CommandError(Exit.usage, `One port at a time: ${word}, then "${another}"`);
  const port = parsePort(word);
  if (port) return port;
  throw new CommandError(Exit.usage, portMistake(word));
}

/** Null: it is none. */
export function parsePort(word: string): AddressedPort | null {
  const [, host = '', digits] = /^(?:(.*):)?(\d{1,5})$/.exec(word) ?? [];
  const port = Number(digits);
  const addresses = bindAddresses(host);
  // An IPv6 address without a port looks like one with a port.
  return isPort(port) && addresses && canonicalAddress(word) === null ? { port, addresses } : null;
}

function portMistake(word: string): string {
  const [, host = '', port] = /^(.*:.*):(\d+)$/.exec(word) ?? [];
  if (canonicalAddress(host) !== null && isPort(Number(port)))
    return `"${word}" is an address without a port, or has one without brackets: write [${host}]:${port}`;
  if (canonicalAddress(word) !== null)
    return `"${word}" has no port: write ${word.includes(':') ? `[${word}]` : word}:3000`;
  // Of an address, the port stands last.
  const last = Number(word.match(/\d+/g)?.at(-1));
  return `"${word}" is not a port: a port is a number from 1 to 65535, such as ${isPort(last) ? last : 3000}; an address may stand before it, such as 127.0.0.1:3000, [::1]:3000 or localhost:3000`;
}

/** Throws CommandError: usage where there is no such network namespace, denied where only the agent can enter it. */
export async function readPortParams(
  client: Client,
  { port, addresses }: AddressedPort,
  { udp, net }: { readonly udp: boolean; readonly net: string },
): Promise<PortParams & { readonly netns: number }> {
  const netns = net === '' ? ownNamespace() : await namespaceOf(client, port, net);
  return { port, protocol: udp ? 'udp' : 'tcp', netns, addresses };
}

/** Inode number of a namespace by its name in `ip netns`, a container's name or id, or its inode. */
async function namespaceOf(client: Client, port: number, net: string): Promise<number> {
  await new Containers(client).refresh();
  const { namespaces } = await listPage(client, { filter: `port:${port}` });
  const found = namespaces.find((namespace) => isNamed(namespace, net));
  if (found && (found.own || client.info.mode !== 'observer')) return found.netns;
  if (client.info.mode === 'observer')
    throw new CommandError(
      Exit.denied,
      `"${net}" is not the network namespace of this command, and only the agent can enter another. ${startAdvice()}`,
    );
  const names = namespaces.flatMap(({ name, container }) => name ?? container?.name ?? []);
  throw new CommandError(Exit.usage, `No network namespace is called "${net}": ${nameHint(net, names)}`);
}

/** Of many names, the first. */
function nameHint(net: string, names: readonly string[]): string {
  const near = nearest(net, names);
  if (near !== undefined) return `the nearest is ${near}`;
  return names.length === 0 ? 'none has a name' : `such as ${names.slice(0, 5).join(', ')} have names`;
}

function isNamed({ netns, name, container }: Namespace, net: string): boolean {
  const byId = net.length >= 12 && container?.id.startsWith(net) === true;
  return name === net || container?.name === net || String(netns) === net || byId;
}
