/** `why` and `free` of a port at one address: what stands at another one is in nobody's way, and is not ended. */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { PortHolder } from '../../agent/protocol';
import { PortFixture } from '../helpers/port-fixture';
import { withoutRoot } from '../helpers/stage';

for (const mode of ['observer', 'agent'] as const)
  describe(`a port at an address, with the ${mode}`, { skip: withoutRoot }, () => {
    let fixture: PortFixture;
    before(async () => {
      fixture = new PortFixture(mode === 'agent' ? 4000 : 4500);
      if (mode === 'agent') await fixture.stage.agent();
    });
    beforeEach(() => fixture.nextPort());
    afterEach(() => fixture.endPrograms());
    after(() => fixture?.close());

    it('a server at an address of its own keeps nobody from the usual ones', async () => {
      const server = await fixture.holdAt('127.0.10.10');
      const { port } = fixture;
      const { json: bare } = await fixture.why();
      assert.match(
        bare.summary,
        new RegExp(
          `^Port ${port} is busy for binds to 0\\.0\\.0\\.0 and \\[::\\]: python3 .* listens on 127\\.0\\.10\\.10:${port}$`,
        ),
      );
      assert.deepEqual(bare.notes, [
        '127.0.0.1 and [::1] can be bound as they are: for those nothing has to end',
      ]);
      assert.deepEqual(
        bare.next.map(({ command }: { command: string }) => command),
        [fixture.stage.command('free', `0.0.0.0:${port}`)],
      );
      const alone = await fixture.free();
      assert.deepEqual([alone.code, alone.json.steps], [1, []], alone.stdout);
      assert.match(
        alone.json.message,
        new RegExp(`left alone; \\S+ \\S+/sockscope\\.js free 0\\.0\\.0\\.0:${port} ends it`),
      );

      for (const host of ['127.0.0.1', '[::1]', 'localhost', '127.0.10.11']) {
        const { json } = await fixture.at(host).why();
        assert.deepEqual([json.free, json.next], [true, []], json.summary);
        assert.deepEqual(
          json.holders.map(({ remedy, blocks }: PortHolder) => [remedy, blocks]),
          [['none', []]],
        );
        const free = await fixture.at(host).free();
        assert.deepEqual([free.code, free.json.already], [0, true], free.stdout);
        assert.ok(server.lives);
      }

      const own = fixture.at('127.0.10.10');
      const { json: asked } = await own.why();
      assert.match(asked.summary, new RegExp(`^127\\.0\\.10\\.10:${port} is busy: python3`));
      assert.equal(asked.next[0].command, fixture.stage.command('free', `127.0.10.10:${port}`));
      assert.deepEqual(
        asked.binds.map(({ address }: { address: string }) => address),
        ['127.0.10.10', '127.0.10.10'],
      );
      const { code, json } = await own.free();
      assert.deepEqual([code, json.freed, json.steps.length], [0, true, 1], json.message);
      await server.ended();
      await fixture.holdAt('127.0.10.10');
    });

    it('the command that why prints for a wildcard ends it', async () => {
      const server = await fixture.holdAt('127.0.10.10');
      const { code, json } = await fixture.at('0.0.0.0').free();
      assert.deepEqual([code, json.freed], [0, true], json.message);
      await server.ended();
    });

    it('of two servers on localhost, free ends the one at the address', async () => {
      const [four, six] = [await fixture.holdAt('127.0.0.1'), await fixture.holdAt('::1')];
      const { json } = await fixture.at('localhost').why();
      assert.deepEqual(json.notes, [
        `localhost leads to two servers, by the address that a program tries first: 127.0.0.1 to python3 (pid ${four.child.pid}), ::1 to python3 (pid ${six.child.pid})`,
      ]);
      for (const { child } of [four, six])
        assert.match(json.summary, new RegExp(`\\(pid ${child.pid}\\) listens`));
      const freed = await fixture.at('[::1]').free();
      assert.deepEqual([freed.code, freed.json.freed], [0, true], freed.json.message);
      await six.ended();
      assert.ok(four.lives);
      assert.equal((await fixture.at('localhost').free()).code, 0);
      await four.ended();
    });

    it('says that two servers share an address, and names the older one', async () => {
      const [old, young] = [await fixture.hold('reuseport'), await fixture.hold('reuseport')];
      const { json } = await fixture.why();
      const name = ({ child }: { child: { pid?: number | undefined } }) => `python3 (pid ${child.pid})`;
      assert.ok(
        json.notes.includes(
          `${name(old)}, the oldest, and ${name(young)} share 127.0.0.1:${fixture.port}, as SO_REUSEPORT allows: each new connection goes to one of them`,
        ),
        json.notes.join(),
      );
    });

    it('a connection of a server elsewhere is not aborted', async () => {
      await fixture.holdAt('127.0.0.1');
      const client = await fixture.hold('client');
      const server = await fixture.holdAt('::1');
      assert.equal((await fixture.at('[::1]').free()).code, 0);
      await server.ended();
      assert.ok(client.lives);
    });

    it('an address that the machine does not have is said to be none', async () => {
      const { json } = await fixture.at('192.0.2.1').why();
      assert.equal(
        json.summary,
        `192.0.2.1:${fixture.port} cannot be bound: EADDRNOTAVAIL: 192.0.2.1 is no address of this machine`,
      );
      assert.deepEqual([json.free, json.next], [false, []]);
    });

    it('UDP has addresses, too', async () => {
      const server = await fixture.holdAt('127.0.10.10', 'udp');
      const port = String(fixture.port);
      const other = await fixture.stage.sockscope(['free', `127.0.0.1:${port}`, '--udp', '--yes', '--json']);
      assert.deepEqual([other.code, other.json.already], [0, true]);
      assert.ok(server.lives);
      const own = await fixture.stage.sockscope(['free', `127.0.10.10:${port}`, '--udp', '--yes', '--json']);
      assert.deepEqual([own.code, own.json.freed], [0, true], own.json.message);
      await server.ended();
    });
  });
