/** One row of the table: what the commands said and did, held against what is expected. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FreeReport, PortAnswer } from '../../../agent/client/ports/free-types';
import type { Stage } from '../stage';
import type { Expected, Held, Holder } from './holder';
import { bindsOf, bindsText, Scene, type Trial } from './scene';

export interface Row {
  readonly holder: string;
  readonly why: string;
  readonly free: string;
  readonly owners: string;
  readonly client: string;
  readonly binds: string;
  readonly ms: string;
}

export async function playRow(stage: Stage, holder: Holder, number: number): Promise<Row> {
  const scene = await Scene.make(stage, holder, number);
  try {
    return await play(scene, holder.expected);
  } finally {
    await scene.close();
  }
}

async function play(scene: Scene, expected: Expected): Promise<Row> {
  const { holder, held, twin } = scene;
  const [before, twinBefore] = [await scene.binds(held), await scene.binds(twin)];
  assert.equal(bindsOf(before), expected.before, 'the binds before');
  const why = await explained(scene, expected, before);
  const { report, code } = await freed(scene, expected);
  const after = await scene.binds(held);
  assert.deepEqual(
    trialsOf(report.binds),
    after,
    'the binds that free tells of, and those that the test made',
  );
  assert.equal(bindsOf(after), expected.after, `the binds after: ${report.message}`);
  await assertOwners(held, expected);
  const client = await assertClient(held, expected);
  await assertUntouched(scene, twinBefore);
  return {
    holder: holder.name,
    why: counted(why),
    free: `${counted(stepsOf(report)) || (report.already ? 'already free' : 'nothing')} (${code})`,
    owners: counted(expected.owners.map((end) => end ?? 'runs on')) || '-',
    client: client === undefined ? '-' : (client ?? 'connected'),
    binds: `${bindsText(before)} -> ${bindsText(after)}`,
    ms: report.provedMs === null ? '-' : `${Math.round(report.provedMs)}`,
  };
}

/** What `why` names, as `kind: remedy`. */
async function explained(scene: Scene, expected: Expected, before: readonly Trial[]): Promise<string[]> {
  const { code, json, stderr } = await scene.why();
  assert.equal(code, 0, stderr);
  const answer = json as PortAnswer & { readonly schema: number };
  assert.deepEqual([answer.schema, answer.port], [1, scene.held.port]);
  assert.deepEqual(
    trialsOf(answer.binds),
    before,
    'the binds that why tells of, and those that the test made',
  );
  assert.equal(answer.free, bindsOf(before) === 'free');
  const named = answer.holders.map(({ kind, remedy }) => `${kind}: ${remedy}`).sort();
  const sentences = answer.holders.map(({ why }) => why).join('\n');
  assert.deepEqual(named, [...expected.why].sort(), sentences);
  for (const { why } of answer.holders) assert.match(why, /\w+ \w+/);
  return named;
}

async function freed(scene: Scene, expected: Expected): Promise<{ report: FreeReport; code: number | null }> {
  const { code, json, stderr } = await scene.free();
  const report = json as FreeReport & { readonly schema: number };
  assert.ok(report, stderr);
  const told = `${report.message}\n${report.steps.map(({ message }) => message).join('\n')}\n${stderr}`;
  assert.deepEqual(stepsOf(report), expected.steps, told);
  assert.equal(code, expected.exit, told);
  assert.deepEqual([report.schema, report.port, report.freed], [1, scene.held.port, expected.exit === 0]);
  assert.match(report.message, expected.says ?? /\w/);
  assert.equal(report.already, expected.before === 'free', told);
  assert.equal(report.needsReuseaddr, report.freed && expected.after === 'reuse', told);
  assert.equal(report.provedMs !== null, report.freed && !report.already, told);
  return { report, code };
}

/** What became of the owners, as soon as that is what is expected, or after a second. */
async function assertOwners(held: Held, expected: Expected): Promise<void> {
  const ends = () => held.owners.map((owner) => owner.ended());
  await settled(() => isDeepStrictEqual(ends(), expected.owners));
  assert.deepEqual(ends(), expected.owners, 'the owners');
}

/** How the other end of the connection ended; undefined: there is none. */
async function assertClient({ client }: Held, expected: Expected): Promise<string | null | undefined> {
  if (!client) {
    assert.deepEqual(expected.client, [], 'there is a client');
    return undefined;
  }
  let end = await client();
  await settled(async () => {
    end ??= await client();
    return end !== null || expected.client.includes(null);
  });
  assert.ok(expected.client.includes(end), `the client's end: ${end}`);
  return end;
}

/** Nothing happened to the twin. */
async function assertUntouched(scene: Scene, binds: readonly Trial[]): Promise<void> {
  const { twin } = scene;
  for (const owner of twin.owners) assert.equal(owner.ended(), null, `pid ${owner.pid} of the twin`);
  assert.deepEqual(await scene.binds(twin), binds, 'the binds of the twin');
  if (twin.client) assert.equal(await twin.client(), null, "the end of the twin's client");
}

async function settled(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 1000; Date.now() < deadline; await sleep(20)) if (await isSo()) return;
}

function stepsOf({ steps }: FreeReport): string[] {
  return steps.map(({ act, outcome }) => `${act}: ${outcome}`);
}

function trialsOf(binds: FreeReport['binds']): Trial[] {
  return binds.map(({ address, reuseaddr, error }) => ({ address, reuseaddr, error }));
}

/** `listener: signal x4, client: none`. */
function counted(texts: readonly string[]): string {
  return [...new Set(texts)]
    .map((text) => ({ text, count: texts.filter((each) => each === text).length }))
    .map(({ text, count }) => (count > 1 ? `${text} x${count}` : text))
    .join(', ');
}
