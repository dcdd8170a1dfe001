/** The results of the command line on kernel 6.1, which has BTF and sock_diag but no bpf_sock_destroy. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Guest, readGuest } from '../helpers/smoke-guest';

const guest = readGuest();

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

it('time-wait and UDP are destroyed through sock_diag', () => {
  for (const answer of [guest.timeWait, guest.udp.destroy]) {
    const [result] = answer?.json?.results ?? [];
    assert.equal(answer?.exitCode, 0, answer?.stderr);
    assert.equal(result?.engine, 'sock_diag');
  }
  assert.equal(guest.udp.errno, 'ECONNABORTED');
});
