/**
 * In a user namespace that has no uid for an agent, and in which the machine's root is nobody, as in a rootless container: root and
 * others see what an ordinary user sees, and hear what is missing, though an agent of theirs runs outside.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StartExit } from '../../agent/common/start-exit';
import { python, Stage, withoutRoot } from '../helpers/stage';

const outside = 'Use Sockscope on the host, outside of this user namespace';
const noUid = `root has no uid from 61184 to 65519 for the agent here, as in a rootless container\\. ${outside}`;
const noFolder = `this user namespace does not show whose the folder of the agent is, as in a rootless container\\. ${outside}`;

/** Listens, and runs what follows: the kernel shows nobody the descriptors of processes outside of his user namespace. */
const beside = `
import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0))
sys.exit(subprocess.call(sys.argv[1:]))`;

const asRoot = ['unshare', '--user', '--map-root-user', '--'];

describe('in a user namespace without an uid for an agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let port: number;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    const server = await stage.puppet();
    const { local } = await server.listen('server', { family: 'ipv4', address: '127.0.0.1' });
    port = Number(local[1]);
  });
  after(() => stage?.close());

  const run = (words: readonly string[], through: readonly string[], user: typeof stage.user | undefined) =>
    stage.sockscope(words, { through: [...through], user });

  interface Row {
    readonly local: { readonly port: number };
    readonly owners: readonly { readonly name: string }[];
  }

  const places = [
    ["a user's root", asRoot, () => stage.user, noUid],
    ["root's root", asRoot, () => undefined, noUid],
    ['a user without a name', ['unshare', '--user', '--'], () => stage.user, noFolder],
  ] as const;

  for (const [who, through, user, lack] of places) {
    it(`${who} sees what an ordinary user sees, and hears what is missing`, async () => {
      const list = ['list', 'state:listen', '--json'];
      const { code, json, stderr } = await run(list, [...through, python, '-c', beside], user());
      assert.equal(code, 0, stderr);
      const names = json.sockets.map(({ local, owners }: Row) => [
        local.port === port,
        ...owners.map(({ name }) => name),
      ]);
      assert.deepEqual(names.sort(), [[false, 'python3'], [true]]);
      assert.match(stderr, new RegExp(`^sockscope: What an ordinary user sees, as ${lack}\n$`));
      const why = await run(['why', String(port)], through, user());
      assert.equal(why.code, 0, why.stderr);
      assert.match(why.stderr, new RegExp(lack));
    });

    it(`${who} has a doctor that says so once`, async () => {
      const { code, stdout, stderr } = await run(['doctor'], through, user());
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Linux \S+, without an agent: shows sockets, destroys none\n/);
      assert.equal(stdout.match(new RegExp(noUid, 'g'))?.length, 1, stdout);
    });

    it(`${who} is refused to act, by what is missing`, async () => {
      const { code, stderr } = await run(['destroy', `:${port}`, '--yes'], through, user());
      assert.equal(code, 3);
      assert.match(stderr, new RegExp(`^sockscope: No agent runs\\. No agent can start here: ${noUid}\n$`));
      const status = await run(['agent', 'status'], through, user());
      assert.equal(status.code, 3);
      assert.match(status.stdout, new RegExp(`^No agent serves uid \\d+\\. .*${noUid}`));
    });
  }

  it('root starts no agent, by what is missing', async () => {
    const { code, stderr } = await run(['agent', 'serve'], asRoot, undefined);
    assert.equal(code, StartExit.refused);
    assert.match(stderr, new RegExp(`^The agent cannot work here: ${noUid}\n$`));
  });

  it('also in a network namespace of its own', async () => {
    const { code, json, stderr } = await run(['list', '--json'], ['unshare', '-rn', '--'], stage.user);
    assert.deepEqual([code, json.sockets], [0, []]);
    assert.match(stderr, new RegExp(noUid));
  });
});
