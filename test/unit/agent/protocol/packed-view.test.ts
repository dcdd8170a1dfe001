/** Changes of views are the same on both sides of the wire. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { packChange, unpackChange, type ViewChange } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';
import { change, group, process, row } from '../../../helpers/views';

const owner = { pid: 42, startTime: '1', fd: 5, name: 'node', command: 'node server.js' };
const container = { id: 'c'.repeat(64), runtime: 'podman', name: 'web' };
const web = { ...socket('127.0.0.1:3000', '127.0.0.1:40000'), owners: [owner], container };
const cut = { ...socket('127.0.0.1:3001', '127.0.0.1:40001'), owners: [{ ...owner, command: 'node' }] };
const lone = socket('127.0.0.1:3002', null, { state: 'listen' });

const onTheWire = (sent: ViewChange): ViewChange =>
  unpackChange(JSON.parse(JSON.stringify(packChange(sent))));

describe('a change of a view on the wire', () => {
  it('comes back as it was: rows of several groups, marks, reasons, owners and containers', () => {
    const rows = {
      'process/42.1': [row(web, { mark: 'new', bytesPerSecond: 1500 }), row(cut)],
      'process/ownerless': [row(lone, { order: '2 tcp', mark: 'closed', reason: 'timed-out' }), row(web)],
    };
    const sent = change([group('process/42.1', process(42), 2)], rows, { shown: 3, hidden: 1 });
    assert.deepEqual(onTheWire(sent), sent);
  });

  it('has what went, and no rows', () => {
    const sent = { ...change([]), rows: { 'process/42.1': { set: [], gone: ['1:7'] } } };
    assert.deepEqual(onTheWire(sent), sent);
  });

  it('has groups of every kind of subject', () => {
    const port = { kind: 'port', port: 3000, netns: 1 } as const;
    const groups = [group('port/3000', port, 7), group('process/42.1', process(42), 2)];
    const sent = change(groups, { 'process/42.1': [row(web)] });
    assert.deepEqual(onTheWire(sent), sent);
  });

  it('names a process once, whatever the number of its rows and its group', () => {
    const rows = Array.from({ length: 100 }, () => row(web));
    const subject = {
      kind: 'process',
      pid: 42,
      startTime: '1',
      name: 'node',
      command: 'node server.js',
    } as const;
    const groups = [group('process/42.1', subject, 100)];
    const text = JSON.stringify(packChange(change(groups, { 'process/42.1': rows })));
    assert.equal(text.split('node server.js').length - 1, 1);
    assert.equal(text.split(container.id).length - 1, 1);
  });
});
