/** A user for whom there is no sock_diag at all, as in some sandboxes: what needs it says so, and the rest works. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python, Stage, withoutRoot } from '../helpers/stage';

const sentence =
  'The kernel, or a sandbox around this program, has no sock_diag for TCP or UDP: sockets without an owner are missing, and without the agent all. If it is a module, load it (sudo modprobe -a tcp_diag udp_diag)';

describe('without sock_diag', { skip: withoutRoot }, () => {
  let stage: Stage;
  let port: number;
  before(async () => {
    stage = new Stage();
    // A list asks only for kinds of sockets that there are.
    const server = await stage.puppet();
    const { local } = await server.listen('server', { family: 'ipv4', address: '127.0.0.1' });
    [, port] = local;
  });
  after(() => stage?.close());

  const run = (...words: string[]) =>
    stage.sockscope(words, { through: [python, join(stage.folder, 'without_sock_diag.py')] });

  it('list is empty, and says why', async () => {
    const { code, json, stderr } = await run('list', '--json');
    assert.deepEqual([code, json.sockets], [0, []]);
    const own = json.namespaces.find((one: { own: boolean }) => one.own);
    assert.equal(own.errno, 'EPROTONOSUPPORT');
    const list = await run('list');
    assert.equal(list.code, 0, stderr);
    assert.ok(list.stderr.includes(sentence), list.stderr);
  });

  it('doctor says it', async () => {
    const { code, stdout } = await run('doctor');
    assert.equal(code, 0);
    assert.match(stdout, /^no {2}namespaces +/m);
    assert.ok(stdout.includes(sentence), stdout);
  });

  it('why tries binds all the same', async () => {
    const why = await run('why', String(port), '--json');
    assert.equal(why.code, 0, why.stderr);
    assert.match(why.json.summary, /EADDRINUSE, and what has it is not seen, as there is no sock_diag here/);
  });
});
