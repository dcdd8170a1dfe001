/** One row of the table: runs `why` and `free` for a holder, and compares the results with the expected ones. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { FreeReport, PortAnswer } from '../../../agent/client/ports/free-types';
import type { Stage } from '../stage';
import { bindsOf, bindsText, HolderFixture, type Trial } from './fixture';
import type { Expected, HeldPort, Holder } from './holder';

export interface Row {
  readonly holder: string;
  readonly why: string;
  readonly free: string;
  readonly owners: string;
  readonly client: string;
  readonly binds: string;
  readonly ms: string;
}

export async function checkRow(stage: Stage, holder: Holder, number: number): Promise<Row> {
  const fixture = await HolderFixture.make(stage, holder, number);
  try {
    return await check(fixture, holder.expected);
  } finally {
    await fixture.close();
  }
}

async function check(fixture: HolderFixture, expected: Expected): Promise<Row> {
  const { holder, held, twin } = fixture;
  const [before, twinBefore] = [await fixture.binds(held), await fixture.binds(twin)];
  assert.equal(bindsOf(before), expected.before, 'the binds before');
  const why = await explained(fixture, expected, before);
  const { report, code } = await freed(fixture, expected);
  const after = await fixture.binds(held);
  assert.deepEqual(
    trialsOf(report.binds),
    after,
    'the binds that free reports, and those that the test made',
  );
  assert.equal(bindsOf(after), expected.after, `the binds after: ${report.message}`);
  await assertOwners(held, expected);
  const client = await assertClient(held, expected);
  await assertUntouched(fixture, twinBefore);
  return {
    holder: holder.name,
    why: counted(why),
    free: `${counted(stepsOf(report)) || (report.already ? 'already free' : 'nothing')} (${code})`,
    owners: counted(expected.owners.map((end) => end ?? 'survives')) || '-',
    client: client === undefined ? '-' : (client ?? 'connected'),
    binds: `${bindsText(before)} -> ${bindsText(after)}`,
    ms: report.provedMs === null ? '-' : `${Math.round(report.provedMs)}`,
  };
}

/** The holders in the answer of `why`, as `kind: remedy`. */
async function explained(
  fixture: HolderFixture,
  expected: Expected,
  before: readonly Trial[],
): Promise<string[]> {
  const { code, json, stderr } = await fixture.why();
  assert.equal(code, 0, stderr);
  const answer = json as PortAnswer & { readonly schema: number };
  assert.deepEqual([answer.schema, answer.port], [1, fixture.held.port]);
  assert.deepEqual(
    trialsOf(answer.binds),
    before,
    'the binds that why reports, and those that the test made',
  );
  assert.equal(answer.free, bindsOf(before) === 'free');
  const named = answer.holders.map(({ kind, remedy }) => `${kind}: ${remedy}`).sort();
  const sentences = answer.holders.map(({ why }) => why).join('\n');
  assert.deepEqual(named, [...expected.why].sort(), sentences);
  for (const { why } of answer.holders) assert.match(why, /\w+ \w+/);
  return named;
}

async function freed(
  fixture: HolderFixture,
  expected: Expected,
): Promise<{ report: FreeReport; code: number | null }> {
  const { code, json, stderr } = await fixture.free();
  const report = json as FreeReport & { readonly schema: number };
  assert.ok(report, stderr);
  const details = `${report.message}\n${report.steps.map(({ message }) => message).join('\n')}\n${stderr}`;
  assert.deepEqual(stepsOf(report), expected.steps, details);
  assert.equal(code, expected.exit, details);
  assert.deepEqual([report.schema, report.port, report.freed], [1, fixture.held.port, expected.exit === 0]);
  assert.match(report.message, expected.says ?? /\w/);
  assert.equal(report.already, expected.before === 'free', details);
  assert.equal(report.needsReuseaddr, report.freed && expected.after === 'reuse', details);
  assert.equal(report.provedMs !== null, report.freed && !report.already, details);
  return { report, code };
}

/** Waits for the expected ends of the owners. */
async function assertOwners(held: HeldPort, expected: Expected): Promise<void> {
  const ends = () => held.owners.map((owner) => owner.ended());
  await settled(() => isDeepStrictEqual(ends(), expected.owners));
  assert.deepEqual(ends(), expected.owners, 'the owners');
}

/** Checks the end of the connection at the client and returns it; undefined without a connection. */
async function assertClient({ client }: HeldPort, expected: Expected): Promise<string | null | undefined> {
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
async function assertUntouched(fixture: HolderFixture, binds: readonly Trial[]): Promise<void> {
  const { twin } = fixture;
  for (const owner of twin.owners) assert.equal(owner.ended(), null, `pid ${owner.pid} of the twin`);
  assert.deepEqual(await fixture.binds(twin), binds, 'the binds of the twin');
  if (twin.client) assert.equal(await twin.client(), null, "the end of the twin's client");
}

/** What follows an end may take a while, also on a busy machine. */
async function settled(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) if (await isSo()) return;
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
