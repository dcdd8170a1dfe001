/** Who acts and on whose sockets, in tests of who may act on what. Ann is served with scope `mine`; Bob is another user. */

import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '../../agent/client/connect';
import { type ActCase, ActCases } from './act-cases';
import type { AgentProcess } from './agent-process';
import type { Netns } from './netns';
import type { RunOptions } from './programs';
import type { Puppet } from './puppet';
import { python, Stage, stranger } from './stage';

/** Uids on the machine, of nobody else. */
export const subordinate = {
  /** In /etc/subuid under Ann's name. */
  byName: { first: 300_000_000, count: 1000 },
  /** Under her uid. */
  byUid: { first: 300_100_000, count: 1000 },
  /** Hers, and Bob's from the middle on. */
  shared: { first: 300_200_000, count: 1000 },
  /** In the file later. */
  late: { first: 300_300_000, count: 1000 },
  /** In no line. */
  none: { first: 300_400_000, count: 1000 },
} as const;
type Range = (typeof subordinate)[keyof typeof subordinate];

/** A program that keeps the mounts of its own, and sees those that others make later. */
const withMounts = ['unshare', '--mount', '--propagation=slave', 'sh', '-ec'];

/** Its own instance of proc, which hides the processes of others. */
export const hiding = [
  ...withMounts,
  'mount -t proc -o hidepid=invisible proc /proc && exec "$@"',
  'sh',
] as const;

export interface Cast {
  readonly stage: Stage;
  readonly agent: AgentProcess;
  /** Of Ann's agent, as Ann. */
  readonly client: Client;
  /** Of Ann's agent, as root. */
  readonly rootClient: Client;
  /** Of an agent with `--scope all`. */
  readonly all: Client;
  readonly cases: ActCases;
  /** Connections that nobody names. */
  readonly bystanders: readonly ActCase[];
  readonly ann: readonly [Puppet, Puppet];
  readonly bob: readonly [Puppet, Puppet];
  readonly root: readonly [Puppet, Puppet];
  /** A namespace that a veth cable joins to the stage's, with puppets in it. */
  readonly elsewhere: {
    readonly netns: Netns;
    readonly bob: Puppet;
    readonly root: readonly [Puppet, Puppet];
  };
}

export async function makeCast(): Promise<Cast> {
  const stage = new Stage();
  try {
    return await castOn(stage);
  } catch (error) {
    await stage.close();
    throw error;
  }
}

async function castOn(stage: Stage): Promise<Cast> {
  makeEtc(stage);
  const elsewhere = stage.makeNetns('elsewhere');
  stage.netns.join(elsewhere);
  const through = [...withMounts, 'mount --bind "$0" /etc && exec "$@"', etcOf(stage)];
  const agent = await stage.agent([], stage.user, { netns: stage.netns, through });
  const everybody = await stage.agent(['--scope', 'all'], stranger);
  const all = await everybody.client();
  const two = async (options: RunOptions): Promise<[Puppet, Puppet]> => [
    await stage.puppet(options),
    await stage.puppet(options),
  ];
  const asRoot = { user: undefined };
  const cases = new ActCases(all);
  const [ann, bob] = [await two({}), await two({ user: stranger })];
  return {
    stage,
    agent,
    client: await stage.clientOfUser(),
    rootClient: await agent.client(),
    all,
    cases,
    bystanders: [await cases.connection(...ann, 'client'), await cases.connection(...bob, 'client')],
    ann,
    bob,
    root: await two(asRoot),
    elsewhere: {
      netns: elsewhere,
      bob: await stage.puppet({ user: stranger, netns: elsewhere }),
      root: await two({ ...asRoot, netns: elsewhere }),
    },
  };
}

const etcOf = ({ folder }: Stage) => join(folder, 'etc');

/** The /etc that Ann's agent sees. A whole folder: a file of it alone loses its mount when useradd replaces it on the machine. */
function makeEtc(stage: Stage): void {
  mkdirSync(etcOf(stage));
  for (const name of ['passwd', 'group', 'subgid'])
    copyFileSync(join('/etc', name), join(etcOf(stage), name));
  writeSubuid(stage, ['byName', 'byUid', 'shared']);
}

/** Its /etc/subuid. */
export function writeSubuid(stage: Stage, ranges: readonly (keyof typeof subordinate)[]): void {
  const { name, uid } = stage.user;
  const line = (who: string | number, { first, count }: Range) => `${who}:${first}:${count}\n`;
  const { shared } = subordinate;
  const lines = {
    byName: line(name, subordinate.byName),
    byUid: line(uid, subordinate.byUid),
    shared: `${line(name, shared)}${stranger.uid}:${shared.first + shared.count / 2}:${shared.count}\n`,
    late: line(name, subordinate.late),
    none: '',
  };
  writeFileSync(join(etcOf(stage), 'subuid'), ranges.map((each) => lines[each]).join(''));
}

/** Two puppets as in one rootless container of this user: both have the same uid of the range. */
export async function rootless(
  stage: Stage,
  owner: { readonly uid: number },
  { first, count }: Range,
): Promise<Puppet> {
  const words = [owner.uid, first, count, count / 2].map(String);
  return stage.victim([python, join(stage.folder, 'rootless.py'), ...words], { user: undefined });
}

/** A process of the machine's first user namespace with a uid of the range. */
export function withUidOf(stage: Stage, { first, count }: Range): Promise<Puppet> {
  const id = first + count / 2;
  return stage.puppet({ user: { uid: id, gid: id } });
}

/** A puppet whose process has this name: the kernel takes the name of the file. */
export function disguised(stage: Stage, name: string, runOptions: RunOptions = {}): Promise<Puppet> {
  const program = join(stage.folder, name);
  if (!existsSync(program)) copyFileSync(python, program);
  return stage.puppet(runOptions, program);
}

/** A puppet with these arguments behind its program. */
export function withArguments(stage: Stage, ...words: readonly string[]): Promise<Puppet> {
  return stage.victim([python, join(stage.folder, 'puppet.py'), ...words]);
}
