import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTuple, type Socket } from '../../agent/protocol';
import { SocketModel } from '../../extension/socket-model';
import {
  groupDescription,
  groupLabel,
  groupSentence,
  groupTooltip,
  ownersText,
  rowDescription,
  rowSentence,
  type Surroundings,
  tooltip,
} from '../../extension/socket-text';
import { forNotification, forQuickPick, plain } from '../../extension/text';
import { english, owner, socket } from '../helpers/sockets';

const node = owner('node', 42, { command: 'node server.js', fd: 18 });
const nowhere: Surroundings = { grouping: 'process', netns: 1, find: () => undefined };
const byPort: Surroundings = { ...nowhere, grouping: 'port' };

describe('a row', () => {
  const connection = socket('127.0.0.1:3000', '127.0.0.1:51234', { owners: [node] });

  it('says its ends and its state', () => {
    assert.equal(formatTuple(connection), '127.0.0.1:3000 -> 127.0.0.1:51234');
    assert.equal(rowDescription(english, connection, nowhere), 'established');
    assert.equal(formatTuple(socket('[::1]:80', '[fe80::1]:9')), '[::1]:80 -> [fe80::1]:9');
  });

  it('names its process where its group does not', () => {
    assert.equal(rowDescription(english, connection, byPort), 'established · node (pid 42)');
  });

  it('says where it is, if elsewhere, and whether it is protected', () => {
    const there = { ...connection, netns: 9, lifeline: true };
    assert.equal(rowDescription(english, there, nowhere), 'established · network namespace 9 · protected');
  });

  it('says udp', () => {
    const udp = { protocol: 'udp', state: 'close' } as const;
    assert.equal(rowDescription(english, socket('0.0.0.0:53', null, udp), nowhere), 'udp');
    assert.equal(rowDescription(english, socket('1.2.3.4:5', '6.7.8.9:10', udp), nowhere), 'udp established');
  });

  it('is read out as full sentences', () => {
    assert.equal(
      rowSentence(english, connection),
      'TCP connection 127.0.0.1:3000 to 127.0.0.1:51234, state established, held by node, process 42.',
    );
    assert.equal(
      rowSentence(english, socket('0.0.0.0:22', null, { lifeline: true })),
      'TCP socket 0.0.0.0:22, state listen, held by process not known. Protected: it carries this editor, a remote login or the agent.',
    );
  });

  it('names one owner and counts the others once each', () => {
    const shared = [node, { ...node, fd: 20 }, owner('sh', 43), owner('sh', 44)];
    assert.equal(ownersText(english, { ...connection, owners: shared }), 'node (pid 42) and 2 more');
    assert.equal(ownersText(english, socket('127.0.0.1:1', null, { inode: '0' })), 'no process');
  });

  it('has a tooltip that names both ends', () => {
    const peer = socket('127.0.0.1:51234', '127.0.0.1:3000', { owners: [owner('curl', 50)] });
    const ours = { ...connection, peer: { netns: 1, cookie: peer.cookie } };
    const lines = tooltip(english, ours, { ...nowhere, find: () => peer }).split('\n');
    assert.equal(lines[0], 'tcp 127.0.0.1:3000 -> 127.0.0.1:51234');
    assert.ok(lines.includes('Process: node (pid 42), descriptor 18: node server.js'));
    assert.ok(lines.includes('Other end, on this machine: curl (pid 50)'));
  });
});

describe('a group', () => {
  function only(sockets: readonly Socket[], grouping: 'process' | 'port') {
    const model = new SocketModel(grouping);
    model.update(sockets);
    const [group] = model.roots;
    assert.ok(group);
    return group;
  }
  const members = [
    socket('127.0.0.1:3000', null, { owners: [node] }),
    socket('127.0.0.1:3000', '127.0.0.1:51234', { owners: [node] }),
    socket('127.0.0.1:3000', '127.0.0.1:51235', { owners: [node] }),
  ];

  it('says how many it has', () => {
    assert.equal(
      groupDescription(english, only(members, 'process'), nowhere),
      '42 · 1 listening, 2 connections',
    );
    assert.equal(
      groupDescription(english, only(members, 'port'), byPort),
      'node (pid 42) · 1 listening, 2 connections',
    );
    assert.equal(
      groupDescription(english, only(members, 'port'), { ...byPort, netns: 2 }),
      'node (pid 42) · 1 listening, 2 connections · network namespace 1',
    );
  });

  it('is read out as a full sentence', () => {
    assert.equal(
      groupSentence(english, only(members, 'process')),
      'Process node server.js, process id 42, has 1 listening, 2 connections.',
    );
    assert.equal(
      groupSentence(english, only(members, 'port')),
      'Local port 3000 has 1 listening, 2 connections.',
    );
  });
});

describe('hostile names', () => {
  // An escape sequence, a newline, a bidi override, a zero-width space, a link, an icon.
  const name = '\x1b[2J\n\u202eevil\u200b';
  const hostile = socket('127.0.0.1:1', '127.0.0.1:2', {
    owners: [owner(name, 6, { command: `${name} [x](command:y) $(lock)` })],
  });
  const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

  it('are made visible wherever they show', () => {
    const model = new SocketModel('process');
    model.update([hostile]);
    const [group] = model.roots;
    assert.ok(group);
    const texts = [
      ownersText(english, hostile),
      rowDescription(english, hostile, byPort),
      rowSentence(english, hostile),
      groupSentence(english, group),
      ...groupTooltip(english, group).split('\n'),
      ...tooltip(english, hostile, nowhere).split('\n'),
    ];
    for (const text of texts) assert.doesNotMatch(text, invisible);
    assert.match(ownersText(english, hostile), /\\u\{1b\}\[2J\\u\{a\}\\u\{202e\}evil\\u\{200b\} \(pid 6\)/);
  });

  it('cannot add a line to a tooltip', () => {
    const harmless = { ...hostile, owners: [owner('a', 6, { command: 'b' })] };
    const lines = (one: Socket) => tooltip(english, one, nowhere).split('\n').length;
    assert.equal(lines(hostile), lines(harmless));
  });

  it('make neither links nor icons', () => {
    assert.equal(forNotification('[x](command:y)'), '[x] (command:y)');
    assert.equal(forQuickPick('$(lock) me'), '\\$(lock) me');
  });

  it('are cut where they are too long', () => {
    assert.equal(plain('abcdef', 4), 'abc…');
    assert.equal(plain('abcd', 4), 'abcd');
  });
});

describe('a process that runs a script', () => {
  const cases: [name: string, command: string, label: string][] = [
    ['node', 'node server.js --port 1', 'node server.js'],
    ['node', '/usr/bin/node --inspect=9229 /srv/app/index.mjs', 'node index.mjs'],
    ['python3', 'python3 -m http.server 8000', 'python3 http.server'],
    ['node', '', 'node'],
    ['node', 'node', 'node'],
    ['redis-server', 'redis-server 127.0.0.1:6379', 'redis-server'],
    ['node', 'node evil\u001b[31m.js', 'node evil\\u{1b}[31m.js'],
  ];
  for (const [name, command, label] of cases)
    it(`is called ${label}`, () =>
      assert.equal(groupLabel(english, { kind: 'process', pid: 1, name, command }), label));
});
