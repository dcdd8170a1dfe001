/** The results of the command line on kernel 6.1, which has BTF and sock_diag but no bpf_sock_destroy. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

interface Call<T> {
  readonly exitCode: number;
  readonly json: T | null;
  readonly stderr: string;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The shape that scripts/qemu/guest.mjs prints. */
interface Guest {
  readonly error?: string;
  readonly ports: { readonly server: number; readonly victim: number };
  readonly doctor: Call<{
    kernel: string;
    mode: string;
    engines: string[];
    checks: { name: string; ok: boolean; detail: string }[];
  }>;
  readonly holders: Readonly<Record<'client' | 'server', { kind: string; remedy: string; why: string }[][]>>;
  readonly list: Call<{ sockets: { state: string; local: Endpoint; owners: { name: string }[] }[] }>;
  readonly nothing: Call<unknown>;
  readonly livesAfterNothing: boolean;
  readonly destroy?: Call<{ results: { outcome: string; engine: string; errno: string | null }[] }>;
  readonly ends: Readonly<Record<string, unknown>>;
  /** The errno of connects during an outage, and after its command was killed. */
  readonly held: { readonly during: string | null; readonly after: string | null };
}

const file = process.env.SOCKSCOPE_GUEST_RESULT;
assert.ok(file, 'SOCKSCOPE_GUEST_RESULT names the file that the guest wrote');
const guest = JSON.parse(readFileSync(file, 'utf8')) as Guest;

it('the guest ran to its end', () => assert.equal(guest.error, undefined));

it('doctor reports that BPF lists, that there is no kfunc, and that sock_diag destroys', () => {
  const { exitCode, json, stderr } = guest.doctor;
  assert.equal(exitCode, 0, stderr);
  assert.ok(json);
  assert.match(json.kernel, /^6\.1\./);
  assert.equal(json.mode, 'direct');
  assert.deepEqual(json.engines, ['sock_diag']);
  const kfunc = json.checks.find(({ name }) => name === 'kfunc');
  assert.equal(kfunc?.ok, false);
  assert.notEqual(kfunc?.detail, '');
  const list = json.checks.find(({ name }) => name === 'list');
  assert.equal(list?.ok, true, list?.detail);
});

it('the connect hooks work, and hold a remote down for as long as their command runs', () => {
  const hooks = guest.doctor.json?.checks.find(({ name }) => name === 'hooks');
  assert.equal(hooks?.ok, true, hooks?.detail);
  assert.deepEqual(guest.held, { during: 'EHOSTUNREACH', after: null });
});

it('list shows both connections with their owner', () => {
  const { exitCode, json, stderr } = guest.list;
  assert.equal(exitCode, 0, stderr);
  assert.equal(json?.sockets.length, 2);
  for (const { state, owners } of json?.sockets ?? []) {
    assert.equal(state, 'established');
    assert.equal(owners.length, 1);
  }
});

it("a client's own port is distinguished from a server's, and uncertain after a bind", () => {
  const named = (some: Guest['holders']['client']) =>
    some.map((holders) => holders.map(({ kind, remedy }) => `${kind} ${remedy}`));
  const { client, server } = guest.holders;
  assert.deepEqual(named(client), [['client none'], ['client none']]);
  assert.match(client[0]?.[0]?.why ?? '', / uses port .* not to blame/);
  assert.match(client[1]?.[0]?.why ?? '', / may use port .* left alone/);
  const ofServer = ['listener signal', 'connection destroy'];
  assert.deepEqual(named(server), [ofServer, ofServer]);
});

it('the right cookie with another remote port destroys nothing', () => {
  assert.equal(guest.nothing.exitCode, 4, guest.nothing.stderr);
  assert.equal(guest.livesAfterNothing, true);
});

it('destroy aborts the connection through sock_diag', () => {
  assert.equal(guest.destroy?.exitCode, 0, guest.destroy?.stderr);
  assert.equal(guest.destroy?.json?.results.length, 1);
  const [result] = guest.destroy?.json?.results ?? [];
  assert.equal(result?.outcome, 'destroyed');
  assert.equal(result?.engine, 'sock_diag');
});

it('the victim and its peer got their errors, the bystander got none', () => {
  assert.deepEqual(guest.ends, {
    victim: 'ECONNABORTED',
    victimsPeer: 'ECONNRESET',
    bystander: null,
    bystanderEchoes: true,
    listening: true,
  });
});
