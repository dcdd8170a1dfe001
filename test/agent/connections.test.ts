/** Clients that are not the agent's user, or that break the framing. */

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { agentStatus, limits } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { PesteredAgent } from '../helpers/pestered-agent';
import { run, until } from '../helpers/programs';
import { python, Stage, stranger, withoutRoot } from '../helpers/stage';
import { frame, introduction, Wire } from '../helpers/wire';

describe('connections to the agent', { skip: withoutRoot }, () => {
  let stage: Stage;
  let agent: AgentProcess;
  let pestered: PesteredAgent;
  before(async () => {
    stage = new Stage();
    pestered = await PesteredAgent.start(stage);
    ({ agent } = pestered);
  });
  after(() => stage?.close());

  describe('access to the socket', () => {
    /** Prints the uid and the bytes that came before EOF. */
    const say = `
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'
try:
    s.sendall(b'Content-Length: %d\\r\\n\\r\\n' % len(body) + body)
    print(len(s.recv(65536)))
except (ConnectionResetError, BrokenPipeError):
    print(0)
`;
    const connect = (user?: { uid: number; gid: number }) =>
      run([python, '-c', say, agentSocketPath(stage.user.uid)], { user });

    it('the agent’s user and root get an answer', async () => {
      for (const user of [stage.user, undefined]) {
        const { stdout, stderr } = await connect(user);
        assert.ok(Number(stdout) > 0, stdout + stderr);
      }
    });

    it('the file mode keeps another uid out', async () => {
      assert.match((await connect(stranger)).stderr, /PermissionError/);
    });

    it('R1: without that file mode, another uid gets EOF with 0 bytes', async () => {
      chmodSync(agentSocketPath(stage.user.uid), 0o666);
      try {
        const { stdout, stderr } = await connect(stranger);
        assert.deepEqual([stdout, stderr], ['0\n', '']);
      } finally {
        chmodSync(agentSocketPath(stage.user.uid), 0o600);
      }
      await agent.prints(new RegExp(`Refused a connection of uid ${stranger.uid}`));
      await pestered.assertUnharmed();
    });

    it('R14: the 33rd connection is closed', async () => {
      const wires: Wire[] = [];
      try {
        for (let count = 0; count < 32; count++) {
          const wire = await Wire.open(stage.user.uid);
          wires.push(wire);
          assert.ok((await wire.ask(1, 'initialize', introduction)).result);
        }
        assert.equal(await (await Wire.open(stage.user.uid)).closed(), '');
        const [first, ...others] = wires;
        assert.ok(first);
        for (const wire of others) wire.close();
        // The tests after this one want room.
        const { result } = await first.ask(2, 'agent/status', {});
        assert.ok(result);
        const clients = async () => (await first.ask(3, 'agent/status', {})).result as { clients: number };
        await until('the agent has noticed that they left', async () => (await clients()).clients < 10);
      } finally {
        for (const wire of wires) wire.close();
      }
    });
  });

  describe('R11: broken framing closes the connection, and only that one', () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"agent/status","params":{}}';
    const length = `Content-Length: ${body.length}`;
    const broken: readonly [string, string | Buffer][] = [
      ['a header without end', 'x'.repeat(4096)],
      ['a header of more than 128 bytes', frame(body, `X-Long: ${'x'.repeat(200)}\r\n${length}`)],
      ['no length', frame(body, 'Content-Type: application/vscode-jsonrpc; charset=utf-8')],
      ['an empty header', frame(body, '')],
      ['an unknown field', frame(body, `${length}\r\nX-Field: 1`)],
      ['a negative length', frame(body, 'Content-Length: -5')],
      ['a length of letters', frame(body, 'Content-Length: abc')],
      ['a length of 0', frame('', 'Content-Length: 0')],
      ['a fraction', frame(body, 'Content-Length: 5.5')],
      ['a hexadecimal length', frame(body, 'Content-Length: 0x40')],
      ['a length over the limit', frame('', `Content-Length: ${limits.message + 1}`)],
      ['a huge length', frame('', 'Content-Length: 99999999999999999999')],
      ['utf-16', frame(body, `${length}\r\nContent-Type: application/vscode-jsonrpc; charset=utf-16`)],
      ['gzip', frame(body, `${length}\r\nContent-Encoding: gzip`)],
      ['not JSON', frame('{"jsonrpc"')],
      ['no object', frame('17')],
      ['no JSON-RPC', frame('{"id":1}')],
      ['1 MiB of [', frame('['.repeat(limits.message))],
      ['bytes', Buffer.from([0, 255, 254, 13, 10, 13, 10, 1])],
    ];
    for (const [what, bytes] of broken)
      it(what, async () => {
        const other = await agent.client();
        const wire = await Wire.open(stage.user.uid);
        wire.send(bytes);
        assert.equal(await wire.closed(), '');
        assert.equal((await other.request(agentStatus, {})).pid, agent.pid);
        other.close();
        await pestered.assertUnharmed();
      });

    it('a charset of utf-8 is accepted', async () => {
      const wire = await Wire.open(stage.user.uid);
      const type = 'Content-Type: application/vscode-jsonrpc; charset=utf-8';
      wire.send(
        frame(body.replace('agent/status', 'initialize'), `Content-Length: ${body.length - 2}\r\n${type}`),
      );
      assert.ok((await wire.next()).result);
      wire.close();
    });

    it('a client that disconnects in the middle of a message', async () => {
      const wire = await Wire.open(stage.user.uid);
      wire.send('Content-Length: 1000\r\n\r\n{"jsonrpc"');
      wire.close();
      await pestered.assertUnharmed();
    });

    it('a message that arrives byte by byte is answered', async () => {
      const wire = await Wire.open(stage.user.uid);
      const text = frame('{"jsonrpc":"2.0","id":7,"method":"initialize","params":{}}');
      for (const byte of text) wire.send(byte);
      assert.equal((await wire.next()).id, 7);
      wire.close();
      await pestered.assertUnharmed();
    });
  });
});
