/** Ports that containers publish on this machine: through a proxy's listening socket, or by NAT without a process. */

import { processesText, quoted } from '../../common/process-text';
import { t } from '../../common/translate';
import {
  canonicalAddress,
  mayCollide,
  type PortHolder,
  type PortParams,
  type ProcessId,
} from '../../protocol';
import { type NamedContainer, type Runtime, runtimes, toNamed } from '../container-names';
import type { Requester } from '../requester';
import { patientMs, runProgram } from '../run-program';
import { readStat } from './proc-stat';
import { inspectIfThere } from './process-life';

/** A running container that publishes one port. */
export interface Publisher extends NamedContainer {
  readonly runtime: Runtime;
  /** At which addresses; null: at every one. */
  readonly addresses: readonly (string | null)[];
}

type PublishedPort = Pick<PortParams, 'port' | 'protocol' | 'addresses'>;

/** A holder and the container that publishes its port; null: none, or it cannot be identified. */
interface TracedHolder {
  readonly holder: PortHolder;
  readonly publisher: Publisher | null;
}

/** Asks podman and docker as this user; empty where none answers. Never rejects. */
export async function publishersOf(port: PublishedPort): Promise<readonly Publisher[]> {
  const answers = await Promise.all(
    runtimes.map(async (runtime) => {
      const args = ['ps', '--no-trunc', '--format', '{{.ID}}\t{{.Names}}\t{{.Ports}}'];
      return parsePublishers(runtime, (await runProgram(runtime, args, patientMs)).stdout, port);
    }),
  );
  return [...new Map(answers.flat().map((publisher) => [publisher.id, publisher])).values()];
}

/** Lines of `ID<tab>NAMES<tab>0.0.0.0:8080->80/tcp, [::]:8000-8002->8000-8002/tcp`. */
export function parsePublishers(runtime: Runtime, stdout: string, port: PublishedPort): Publisher[] {
  return stdout.split('\n').flatMap((line) => {
    const named = toNamed(line);
    const ports = line.split('\t')[2] ?? '';
    const addresses = ports.split(', ').flatMap((mapping) => addressesIn(mapping, port));
    return named && addresses.length > 0 ? [{ ...named, runtime, addresses }] : [];
  });
}

/** At most one; empty: the mapping is of another port or address. */
function addressesIn(
  mapping: string,
  { port, protocol, addresses = [] }: PublishedPort,
): readonly (string | null)[] {
  const [, host = '', first, last = first, carried] =
    /^(?:(.*):)?(\d{1,5})(?:-(\d{1,5}))?->[\d-]+\/([a-z]+)$/.exec(mapping.trim()) ?? [];
  if (carried !== protocol || Number(first) > port || port > Number(last)) return [];
  const published = canonicalAddress(host.replace(/^\[|\]$/g, ''));
  const isAsked =
    published === null ||
    addresses.length === 0 ||
    addresses.some((address) => mayCollide(published, address));
  return isAsked ? [published] : [];
}

/**
 * The container's first process, as its runtime names it. Null: none, or it is not here. The runtime may be that of another machine or pid
 * namespace, so the process of that pid has to be in that container, by its cgroup or by the arguments of the runtime's monitor
 * that started it.
 */
export async function mainProcessOf(
  requester: Requester,
  { runtime, id }: Publisher,
): Promise<ProcessId | null> {
  const args = ['inspect', '--type', 'container', '--format', '{{.State.Pid}}', id];
  const pid = Number((await runProgram(runtime, args, patientMs)).stdout.trim());
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const startTime = (await readStat(pid))?.startTime ?? null;
  const process = startTime === null ? null : await inspectIfThere(requester, { pid, startTime });
  if (!process) return null;
  const isIn = process.container?.id === id || process.parents[0]?.command.includes(id);
  return isIn ? process : null;
}

/** Bound to the port, and not merely connected. */
export function isBinding({ kind }: PortHolder): boolean {
  return kind === 'listener' || kind === 'bound' || kind === 'udp' || kind === 'published';
}

/** False where a process that is no proxy is bound: then no container can publish the port at the same address. */
export function mayBePublished(holders: readonly PortHolder[]): boolean {
  return !holders.some(
    (holder) => isBinding(holder) && holder.kind !== 'published' && holder.owners.length > 0,
  );
}

/**
 * Finds the containers behind proxies, or behind listeners with hidden owners where no proxy is visible, and adds containers
 * that publish the port without a socket. `holders` are those of the runtimes' network namespace.
 */
export function tracePublished(
  holders: readonly PortHolder[],
  publishers: readonly Publisher[],
): TracedHolder[] {
  const hasProxy = holders.some(({ kind }) => kind === 'published');
  const isHidden = (holder: PortHolder) =>
    isBinding(holder) && holder.owners.length === 0 && publishers.length > 0 && !hasProxy;
  const traced = holders.map((holder) =>
    holder.kind === 'published' || isHidden(holder) ? trace(holder, publishers) : { holder, publisher: null },
  );
  const found = traced.some(({ holder }) => holder.kind === 'published');
  return found || publishers.length === 0 ? traced : [withoutSocket(publishers), ...traced];
}

function trace(holder: PortHolder, publishers: readonly Publisher[]): TracedHolder {
  const publisher = choose(publishers, holder);
  const how = (text: string) =>
    holder.owners.length > 0 ? t('{0} through {1}', text, processesText(holder.owners)) : text;
  return { holder: { ...holder, ...publishedBy(publishers, publisher, how) }, publisher };
}

/** The one whose id is in a proxy's arguments, or whose port is published at the proxy's address, or the only one. Null: several are possible. */
function choose(
  publishers: readonly Publisher[],
  { owners, sockets }: Pick<PortHolder, 'owners' | 'sockets'>,
): Publisher | null {
  const named = publishers.filter(({ id }) => owners.some(({ command }) => command.includes(id)));
  const near = publishers.filter(({ addresses }) =>
    sockets.some(({ local }) => addresses.includes(canonicalAddress(local.address))),
  );
  const [one, another] = [named, near].find(({ length }) => length > 0) ?? publishers;
  return one && !another ? one : null;
}

function withoutSocket(publishers: readonly Publisher[]): TracedHolder {
  const nobody = { sockets: [], socketsLeftOut: 0, owners: [], blocks: [] };
  const publisher = choose(publishers, nobody);
  const how = (text: string) => t('{0} without a process here', text);
  return { holder: { ...nobody, ...publishedBy(publishers, publisher, how) }, publisher };
}

function publishedBy(
  publishers: readonly Publisher[],
  publisher: Publisher | null,
  how: (text: string) => string,
): Pick<PortHolder, 'kind' | 'why' | 'remedy' | 'respawn'> {
  if (publisher)
    return {
      kind: 'published',
      why: how(t('The container {0} of {1} publishes it', quoted(publisher.name), publisher.runtime)),
      remedy: 'stop-container',
      respawn: { kind: 'container', name: publisher.name, runtime: publisher.runtime, process: null },
    };
  const names = publishers.map((one) => publisherText(one, publishers)).join(', ');
  return {
    kind: 'published',
    why: how(
      names === ''
        ? t('It is published for a container that no runtime of this user names')
        : t('It is published for one of {0}', names),
    ),
    remedy: 'none',
    respawn: null,
  };
}

/** With its runtime where another has the same name. */
function publisherText({ id, name, runtime }: Publisher, all: readonly Publisher[]): string {
  const isShared = all.some((other) => other.id !== id && other.name === name);
  return isShared ? t('{0} ({1})', quoted(name), runtime) : quoted(name);
}
