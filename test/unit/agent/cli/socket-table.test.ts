import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { printSockets } from '../../../../agent/cli/socket-table';
import type { Namespace, Socket } from '../../../../agent/protocol';
import { owner, socket } from '../../../helpers/sockets';

const namespace = { container: null, errno: null };
const namespaces: readonly Namespace[] = [
  { ...namespace, netns: 1, own: true, name: null },
  { ...namespace, netns: 2, own: false, name: 'casens1' },
  { ...namespace, netns: 3, own: false, name: 'casens2' },
];

function notesOf(t: TestContext, netns: number, peerNetns: number): string {
  const remote = {
    ...socket('10.0.0.2:80', '10.0.0.1:40000'),
    netns: peerNetns,
    owners: [owner('python3', 12333)],
  };
  const shown: Socket = socket('10.0.0.1:40000', '10.0.0.2:80', { netns, cookie: '7', peer: remote });
  const write = t.mock.method(process.stdout, 'write', () => true);
  printSockets([shown], namespaces);
  const [, line = ''] = String(write.mock.calls[0]?.arguments[0]).split('\n');
  write.mock.restore();
  return line.split(/ {2,}/).at(-1)?.trim() ?? '';
}

describe('the notes of a socket', () => {
  it('say first where it is, and where its peer is, if elsewhere', (t) => {
    assert.equal(notesOf(t, 1, 1), 'peer python3/12333');
    assert.equal(notesOf(t, 2, 2), 'in casens1, peer python3/12333');
    assert.equal(notesOf(t, 2, 3), 'in casens1, peer python3/12333 in casens2');
    assert.equal(notesOf(t, 2, 1), 'in casens1, peer python3/12333 here');
    assert.equal(notesOf(t, 1, 3), 'peer python3/12333 in casens2');
  });
});
