/** Sockets that look like somebody else's: mirrored tuples, and processes in user namespaces. */

import assert from 'node:assert/strict';
import type { Target } from '../../agent/protocol';
import type { ActCase } from './act-cases';
import { type Cast, rootless, subordinate, withUidOf } from './act-cast';
import { python } from './stage';
import { findOne, inState, targetByCookie } from './targets';

/** In a namespace where nothing answers. */
export async function mirroredConnect({ cases, ann: [own], bob: [other] }: Cast): Promise<ActCase> {
  const remote = ['fd09::2', 8000] as const;
  const making = { family: 'ipv6', wait: false } as const;
  const victim = await other.connect('outward', { ...making, to: remote });
  await own.connect('mirror', { ...making, freebind: true, bind: remote, to: victim.local });
  return cases.unanswered(victim.cookie);
}

type Mirror = (cast: Cast, victim: Target) => Promise<void>;

/** Another user's connection to elsewhere, of which one's own socket has the tuple of the other end. */
export async function mirrored(cast: Cast, mirror: Mirror): Promise<ActCase> {
  const { cases, all, bob, elsewhere } = cast;
  const name = `mirrored by ${mirror.name}`;
  const [server] = elsewhere.root;
  const { local } = await server.listen(name, { family: 'ipv6', address: 'fd77::2' });
  const victim = await bob[0].connect(name, { family: 'ipv6', to: local });
  await server.accept(name, name);
  await mirror(cast, await targetByCookie(all, victim));
  return cases.outward(name, bob[0], server, victim);
}

type Ends = { readonly bind: [string, number]; readonly to: [string, number] };

function endsOf({ local, remote }: Target): Ends {
  assert.ok(remote);
  return { bind: [remote.address, remote.port], to: [local.address, local.port] };
}

export async function failedMirror({ ann: [own], all }: Cast, victim: Target): Promise<void> {
  const making = { family: 'ipv6', wait: false, freebind: true } as const;
  const { cookie } = await own.connect('failed mirror', { ...making, ...endsOf(victim) });
  await own.setOptions('failed mirror', { TCP_USER_TIMEOUT: 100 });
  const failed = await inState(all, { cookie }, 'bound');
  assert.deepEqual([failed.local.port, failed.remote?.port], [victim.remote?.port, victim.local.port]);
}

export async function forgedMirror({ stage, all }: Cast, victim: Target): Promise<void> {
  const forger = await stage.victim([python, `${stage.folder}/forger.py`], { user: undefined });
  const forged = await forger.command('forge', { name: 'forged', ...endsOf(victim) });
  const { uid, gid } = stage.user;
  await forger.command('become', { uid, gid });
  const seen = await findOne(all, `cookie:${(forged as { cookie: string }).cookie}`);
  assert.deepEqual([seen.state, seen.owners[0]?.pid], ['established', forger.pid]);
}

type InContainer = 'connection' | 'orphan';

/** Both ends in one rootless container of this user. */
export async function inContainer(
  { stage, cases }: Cast,
  owner: { readonly uid: number },
  range: keyof typeof subordinate,
  what: InContainer,
): Promise<ActCase> {
  const inside = await rootless(stage, owner, subordinate[range]);
  return what === 'orphan' ? cases.orphan(inside, inside) : cases.connectionOf(inside);
}

export async function ofUidIn({ stage, cases }: Cast, range: keyof typeof subordinate): Promise<ActCase> {
  return cases.connectionOf(await withUidOf(stage, subordinate[range]));
}

export async function orphanOfUidIn(
  { stage, cases }: Cast,
  range: keyof typeof subordinate,
): Promise<ActCase> {
  const own = await withUidOf(stage, subordinate[range]);
  return cases.orphan(own, own);
}
