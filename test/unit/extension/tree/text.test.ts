import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endReasons, type Group, type Row, type Socket } from '../../../../agent/protocol';
import { forNotification, forQuickPick, plain, unbroken } from '../../../../extension/base/text';
import { endReasonText } from '../../../../extension/tree/end-reason';
import {
  groupDescription,
  groupLabel,
  groupSentence,
  groupTooltip,
  moreLabel,
} from '../../../../extension/tree/group-text';
import type { RowContext } from '../../../../extension/tree/row-context';
import {
  ownersText,
  rowDescription,
  rowLabel,
  rowSentence,
  tooltip,
} from '../../../../extension/tree/socket-text';
import { isLocked } from '../../../../extension/tree/sockets';
import { messageText, movesRows } from '../../../../extension/tree/view-message';
import { english, owner, socket } from '../../../helpers/sockets';
import { group, process, row } from '../../../helpers/views';

const node = owner('node', 42, { command: 'node server.js', fd: 18 });
const redis = owner('redis-server', 812);
const namespaces = [
  { netns: 1, own: true, name: null, container: null, errno: null },
  { netns: 2, own: false, name: 'blue', container: null, errno: null },
  { netns: 3, own: false, name: null, container: null, errno: 'EPERM' },
];
const byProcess: RowContext = { grouping: 'process', namespaces };
const byPort: RowContext = { ...byProcess, grouping: 'port' };

const connection = socket('127.0.0.1:3000', '127.0.0.1:51234', { owners: [node] });
const container = { id: '4f5a'.repeat(16), runtime: 'podman', name: 'web' };

function described(one: Socket, rowContext = byProcess, more: Partial<Row> = {}): string {
  return rowDescription(english, row(one, more), rowContext);
}

describe('the name of a row', () => {
  const cases: [local: string, remote: string | null, label: string][] = [
    ['127.0.0.1:3000', '127.0.0.1:51234', ':3000 ← :51234'],
    ['127.0.0.1:51234', '127.0.0.1:3000', ':51234 → :3000'],
    ['127.0.0.1:45000', '127.0.0.1:51234', ':45000 ↔ :51234'],
    ['10.0.0.1:40000', '10.0.0.5:5432', ':40000 → 10.0.0.5:5432'],
    ['[::1]:3000', '[::1]:51234', ':3000 ← [::1]:51234'],
    ['[::ffff:127.0.0.1]:3000', '[::ffff:127.0.0.1]:51234', ':3000 ← :51234'],
    ['[2001:db8::1]:40000', '[2001:db8:85a3::8a2e:370:7334]:443', ':40000 → [2001:db8:…70:7334]:443'],
    ['0.0.0.0:3000', null, '0.0.0.0:3000'],
    ['[::]:3000', null, '[::]:3000'],
  ];
  for (const [local, remote, label] of cases)
    it(`is ${label}`, () => assert.equal(rowLabel(socket(local, remote)), label));
});

describe('the description of a row', () => {
  it('has its state first, and its process if its group has not', () => {
    assert.equal(described(connection), 'established');
    assert.equal(described(connection, byPort), 'established · node server.js (pid 42)');
  });

  it('has the protocol if it is not TCP', () => {
    const bare = { state: 'close' } as const;
    assert.equal(described(socket('0.0.0.0:53', null, { ...bare, protocol: 'udp' })), 'udp bound');
    assert.equal(described(socket('0.0.0.0:0', null, { ...bare, protocol: 'udp' })), 'udp unconnected');
    assert.equal(
      described(socket('1.2.3.4:5', '6.7.8.9:10', { protocol: 'udp', state: 'established' })),
      'udp established',
    );
    assert.equal(
      described(socket('0.0.0.0:80', null, { protocol: 'mptcp', unsupportedReason: 'No' })),
      'mptcp listen · cannot be destroyed',
    );
    assert.equal(described(socket('0.0.0.0:5000', null, { state: 'bound' })), 'bound');
  });

  it('has the traffic, if there is any', () => {
    assert.equal(described(connection, byProcess, { bytesPerSecond: 1234 }), 'established · 1.23 KB/s');
    assert.equal(described(connection, byProcess, { bytesPerSecond: 0 }), 'established');
  });

  it('names the peer', () => {
    const peer = { ...socket('127.0.0.1:51234', '127.0.0.1:3000'), owners: [redis] };
    assert.equal(described({ ...connection, peer }), 'established · peer: redis-server (pid 812)');
    assert.equal(described({ ...connection, peer: { ...peer, owners: [] } }), 'established');
  });

  it('has the process that a queued connection waits for, if its group has not', () => {
    const waiting = { ...connection, owners: [], inode: '0', queuedFor: [node] };
    assert.equal(described(waiting), 'established · waits to be accepted');
    assert.equal(described(waiting, byPort), 'established · waits to be accepted by node server.js (pid 42)');
  });

  it('has another network namespace, and whether it is protected', () => {
    assert.equal(
      described({ ...connection, netns: 2, lifeline: true }),
      'established · netns blue · protected',
    );
    assert.equal(described({ ...connection, netns: 3 }), 'established · network namespace 3');
    assert.equal(described({ ...connection, netns: 2, container }), 'established · web');
    assert.equal(
      described({ ...connection, container: { ...container, name: null } }),
      'established · 4f5a4f5a4f5a',
    );
    assert.equal(
      described({ ...connection, container }, { ...byProcess, grouping: 'container' }),
      'established · node server.js (pid 42)',
    );
  });

  it('has the reason of the end of a closed socket, with a text for every reason', () => {
    assert.equal(
      described(connection, byProcess, { mark: 'closed', reason: 'closed-by-peer' }),
      'closed by peer',
    );
    assert.deepEqual(
      endReasons.map((reason) => endReasonText(english, reason)),
      [
        'destroyed by Sockscope',
        'destroyed by another program',
        'closed',
        'closed by peer',
        'reset by peer',
        'timed out',
        'process exited',
        'closed, reason not known',
      ],
    );
  });
});

describe('the accessible label of a row', () => {
  it('has full sentences and whole addresses', () => {
    assert.equal(
      rowSentence(english, row(connection)),
      'TCP connection 127.0.0.1:3000 to 127.0.0.1:51234, state established, held by node, process 42.',
    );
    assert.equal(
      rowSentence(english, row(socket('0.0.0.0:22', null, { lifeline: true }), { mark: 'new' })),
      'TCP socket 0.0.0.0:22, state listen, held by process not known. Protected: it carries this editor, a remote login or the agent. New.',
    );
  });

  it('says of a UDP socket without a remote end whether it has a port', () => {
    const udp = { protocol: 'udp', state: 'close', owners: [node] } as const;
    assert.match(
      rowSentence(english, row(socket('0.0.0.0:53', null, udp))),
      /0\.0\.0\.0:53, state bound, held/,
    );
    assert.match(rowSentence(english, row(socket('0.0.0.0:0', null, udp))), /state unconnected, held/);
    assert.match(
      rowSentence(english, row(socket('0.0.0.0:0', null, { state: 'close' }))),
      /state close, held/,
    );
  });

  it('has the peer, the reason against a destroy, and the reason of its end', () => {
    const peer = { ...socket('127.0.0.1:51234', '127.0.0.1:3000'), owners: [redis] };
    assert.equal(
      rowSentence(english, row({ ...connection, peer }, { mark: 'closed', reason: 'timed-out' })),
      'TCP connection 127.0.0.1:3000 to 127.0.0.1:51234, timed out, was held by node, process 42. Its peer is redis-server, process 812.',
    );
    assert.match(
      rowSentence(english, row({ ...connection, unsupportedReason: 'It is a raw socket' })),
      / It is a raw socket\.$/,
    );
  });
});

describe('the owners of a socket', () => {
  it('are one name and the number of other processes', () => {
    const shared = [node, { ...node, fd: 20 }, owner('sh', 43), owner('sh', 44)];
    assert.equal(
      ownersText(english, { ...connection, owners: shared }),
      'node server.js (pid 42) and 2 more',
    );
  });

  it('that are missing are distinguished by the reason', () => {
    assert.equal(ownersText(english, socket('127.0.0.1:1', null, { inode: '0' })), 'no process');
    assert.equal(ownersText(english, socket('127.0.0.1:1', null)), 'process not known');
    assert.equal(ownersText(english, socket('127.0.0.1:1', null, { kernel: true })), 'kernel');
  });
});

describe('the tooltip of a row', () => {
  it('is short, with both ends, where it is elsewhere, and the reason against a destroy', () => {
    const peer = { ...socket('127.0.0.1:51234', '127.0.0.1:3000'), owners: [redis] };
    const one = { ...connection, netns: 2, peer, container, unsupportedReason: 'It is a raw socket' };
    assert.deepEqual(tooltip(english, row(one), byProcess).split('\n'), [
      'tcp 127.0.0.1:3000 → 127.0.0.1:51234',
      'State: established',
      'Process: node server.js (pid 42)',
      'Peer: redis-server (pid 812)',
      'web',
      'It is a raw socket.',
    ]);
    const runs = tooltip(english, row(one), byProcess, 'Runs as ana.').split('\n');
    assert.equal(runs[runs.indexOf('Runs as ana.') - 1], 'Process: node server.js (pid 42)');
    assert.deepEqual(tooltip(english, row(connection), byProcess).split('\n'), [
      'tcp 127.0.0.1:3000 → 127.0.0.1:51234',
      'State: established',
      'Process: node server.js (pid 42)',
    ]);
  });

  it('has the reason of its end', () => {
    const lines = tooltip(english, row(connection, { mark: 'closed', reason: 'reset-by-peer' }), byProcess);
    assert.match(lines, /^Ended: reset by peer \(was established\)$/m);
  });
});

describe('a group', () => {
  const counts = { listening: 1, connected: 2, others: 0 };
  const ofProcess = group('p', process(42, 'node', 'node server.js'), 3, { counts });
  const ofPort = group('q', { kind: 'port', port: 3000, netns: 1 }, 3, { counts, holder: 'node (pid 42)' });

  it('has the number of its sockets, and their holder', () => {
    const description = (one: Group) => groupDescription(english, one, byPort);
    assert.equal(description(ofProcess), '3 sockets, 1 listening · pid 42');
    assert.equal(description(ofPort), '3 sockets, 1 listening · node (pid 42)');
    const many = { ...ofPort, counts: { listening: 0, connected: 1234, others: 0 } };
    assert.equal(description(many), '1,234 connections · node (pid 42)');
    const there = { ...ofPort, subject: { kind: 'port', port: 3000, netns: 2 } as const };
    assert.equal(description(there), '3 sockets, 1 listening · node (pid 42) · netns blue');
    assert.equal(
      description({ ...ofPort, bytesPerSecond: 2_500_000 }),
      '3 sockets, 1 listening · 2.5 MB/s · node (pid 42)',
    );
    const closed = { ...ofPort, counts: { listening: 0, connected: 0, others: 0 } };
    assert.equal(description(closed), 'all closed · node (pid 42)');
  });

  it('has the common property of its sockets as its name', () => {
    const label = (subject: Group['subject']) => groupLabel(english, subject, byProcess);
    const long = process(42, 'node', 'node a-script-with-a-long-name.mjs');
    assert.equal(label(long), 'a-script-with-a-l…', 'leaves room for the count');
    assert.equal(
      groupDescription(english, group('l', long, 3, { counts }), byProcess),
      '3 sockets, 1 listening · node (pid 42)',
    );
    assert.equal(label(process(42, 'a-program-with-a-long-name', '')), 'a-program-with-a-…');
    assert.match(
      groupSentence(english, group('l', long, 1), byProcess),
      /node a-script-with-a-long-name\.mjs, process/,
    );
    const far = { kind: 'remote', address: '2001:db8:85a3::8a2e:370:7334', port: 443, netns: 1 } as const;
    assert.equal(label(far), '[2001:db8:…70:7334]:443');
    assert.equal(label({ kind: 'container', ...container }), 'web');
    assert.equal(label({ kind: 'namespace', netns: 1 }), 'this machine');
    assert.equal(label({ kind: 'namespace', netns: 2 }), 'netns blue');
    assert.equal(label({ kind: 'state', state: 'time-wait' }), 'time-wait');
    assert.equal(label({ kind: 'remote', address: '10.0.0.5', port: null, netns: 1 }), 'from 10.0.0.5');
    assert.equal(label({ kind: 'remote', address: '10.0.0.5', port: 5432, netns: 1 }), '10.0.0.5:5432');
  });

  it('has a full sentence as accessible label', () => {
    const sentence = (one: Group) => groupSentence(english, one, byProcess);
    assert.equal(
      sentence(ofProcess),
      'Process node server.js, process id 42, has 1 listening, 2 connections.',
    );
    assert.equal(sentence(ofPort), 'Local port 3000 has 1 listening, 2 connections.');
  });

  it('of a process that does not close its connections says so, from ten on', () => {
    const leaking = { ...ofProcess, unclosed: 10 };
    const sentence =
      '10 connections are in close-wait: their peers have closed them, and the program has not. Destroying them cures nothing.';
    assert.match(groupDescription(english, leaking, byProcess), /^10 not closed · .* · pid 42$/);
    assert.ok(groupSentence(english, leaking, byProcess).endsWith(`. ${sentence}`));
    assert.equal(groupTooltip(english, leaking, byProcess).split('\n').at(-1), sentence);
    const some = { ...ofProcess, unclosed: 9 };
    assert.doesNotMatch(groupDescription(english, some, byProcess), /not closed/);
    assert.doesNotMatch(groupTooltip(english, some, byProcess), /close-wait/);
  });

  it('of a network namespace that cannot be read has the reason', () => {
    const subject = { kind: 'namespace', netns: 3 } as const;
    assert.match(groupTooltip(english, group('n', subject, 1), byProcess), /could not be read \(EPERM\)/);
  });
});

describe('the last line of a long list', () => {
  it('has how many come, and how many there are', () => {
    assert.equal(moreLabel(english, { shown: 200, total: 5001 }), 'Show 200 More (200 of 5,001)');
    assert.equal(moreLabel(english, { shown: 400, total: 500 }), 'Show 100 More (400 of 500)');
  });
});

describe('the message above the tree', () => {
  const leftOut = { sockets: 0, owners: 0 };
  const nothing = { show: 'everything', filter: '', shown: 12, hidden: 0, leftOut, warning: null } as const;

  it('has the filter, and the number of hidden sockets', () => {
    assert.equal(messageText(english, nothing), undefined);
    assert.equal(messageText(english, { ...nothing, show: 'mine', hidden: 240 }), 'Mine: 12 of 252 sockets.');
    assert.equal(
      messageText(english, { ...nothing, show: 'mine', shown: 1700, hidden: 14_497 }),
      'Mine: 1,700 of 16,197 sockets.',
    );
    assert.equal(
      messageText(english, { ...nothing, show: 'workspace', filter: ':3000', shown: 1 }),
      'This Workspace, filter :3000: 1 socket.',
    );
  });

  it('has what is not listed, and why', () => {
    assert.equal(
      messageText(english, { ...nothing, leftOut: { sockets: 3, owners: 0 } }),
      '3 sockets more are not listed: their users have too many.',
    );
    assert.equal(
      messageText(english, { ...nothing, leftOut: { sockets: 1, owners: 700 } }),
      '1 socket more and 700 owners are not listed: their users have too many.',
    );
    assert.equal(
      messageText(english, { ...nothing, leftOut: { sockets: 0, owners: 9 } }),
      'Not all owners are listed, 9 are missing: some sockets have too many.',
    );
  });

  it('has failures first', () => {
    assert.equal(messageText(english, { ...nothing, warning: 'No agent.' }), 'No agent.');
    assert.equal(
      messageText(english, { ...nothing, filter: ':1', warning: 'No agent.' }),
      'No agent. Everything, filter :1: 12 sockets.',
    );
  });

  it('moves the rows where it comes, goes, or has other words or more digits', () => {
    const message = 'Mine: 12 of 252 sockets.';
    assert.equal(movesRows(undefined, undefined), false);
    assert.equal(movesRows(undefined, message), true);
    assert.equal(movesRows(message, undefined), true);
    assert.equal(movesRows(message, `No agent. ${message}`), true);
    assert.equal(movesRows(message, 'Mine: 13 of 251 sockets.'), false);
    assert.equal(movesRows('Mine: 9 of 252 sockets.', message), true);
  });
});

describe('hostile names', () => {
  // An escape sequence, a newline, a bidi override, a zero-width space, a link, an icon.
  const name = '\x1b[2J\n\u202eevil\u200b[x](command:y)$(lock)';
  const evil = owner(name, 6, { command: name });
  const where = { id: name, runtime: name, name };
  const hostile = socket('127.0.0.1:1', '127.0.0.1:2', {
    netns: 2,
    owners: [evil],
    peer: { ...socket('127.0.0.1:2', '127.0.0.1:1'), owners: [evil] },
    container: where,
    unsupportedReason: name,
  });
  const rowContext: RowContext = {
    grouping: 'port',
    namespaces: [{ netns: 2, own: false, name, container: null, errno: null }],
  };
  const groups: readonly Group[] = [
    group('p', process(6, name, name), 1),
    group('c', { kind: 'container', ...where }, 1, { holder: name }),
    group('n', { kind: 'namespace', netns: 2 }, 1, { holder: name }),
  ];
  const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

  it('are escaped in every text', () => {
    const queued = row({ ...hostile, owners: [], queuedFor: [evil] });
    const texts = [
      ownersText(english, hostile),
      ...[row(hostile), queued].flatMap((one) => [
        rowLabel(one.socket),
        rowDescription(english, one, rowContext),
        rowSentence(english, one),
        ...tooltip(english, one, rowContext).split('\n'),
      ]),
      ...groups.flatMap((one) => [
        groupLabel(english, one.subject, rowContext),
        groupDescription(english, one, rowContext),
        groupSentence(english, one, rowContext),
        ...groupTooltip(english, one, rowContext).split('\n'),
      ]),
      messageText(english, {
        show: 'mine',
        filter: name,
        shown: 1,
        hidden: 0,
        leftOut: { sockets: 0, owners: 0 },
        warning: null,
      }) ?? '',
    ];
    for (const text of texts) assert.doesNotMatch(text, invisible);
    assert.match(ownersText(english, hostile), /^\\u\{1b\}\[2J\\u\{a\}\\u\{202e\}evil\\u\{200b\}/);
  });

  it('cannot add a line to a tooltip', () => {
    const tame = owner('a', 6, { command: 'b' });
    const harmless = {
      ...hostile,
      owners: [tame],
      unsupportedReason: 'c',
      container: { ...where, name: 'd' },
    };
    const lines = (one: Socket) => tooltip(english, row(one), rowContext).split('\n').length;
    assert.equal(lines(hostile), lines(harmless));
  });

  it('no line ends between a number and its unit', () => {
    assert.equal(unbroken('has 3 s to end, 2 min'), 'has 3\u00a0s to end, 2\u00a0min');
    assert.equal(forNotification('Recovered in 0.3 ms.'), 'Recovered in 0.3\u00a0ms.');
    assert.equal(unbroken('3 sockets of pid 4 started'), '3 sockets of pid 4 started');
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
    ['node', 'node -r ./hook.js server.js', 'node server.js'],
    ['node', 'node -e const net = require("net")', 'node'],
    ['python3', 'python3 -m http.server 8000', 'http.server'],
    ['python3', 'python3 -m http.server 8000', 'http.server'],
    ['node', '', 'node'],
    ['node', 'node', 'node'],
    ['redis-server', 'redis-server 127.0.0.1:6379', 'redis-server'],
    ['node', 'node evil\u001b[31m.js', 'evil\\u{1b}[31m.js'],
  ];
  for (const [name, command, label] of cases)
    it(`has the name ${label}`, () =>
      assert.equal(groupLabel(english, process(1, name, command), byProcess), label));
});

describe('a locked socket', () => {
  it('is lifeline, of the kernel, unsupported by every engine, or closed already', () => {
    assert.equal(isLocked(socket('127.0.0.1:1', null)), false);
    assert.equal(isLocked(socket('127.0.0.1:1', null, { lifeline: true })), true);
    assert.equal(isLocked(socket('127.0.0.1:1', null, { kernel: true })), true);
    assert.equal(isLocked(socket('127.0.0.1:1', null, { unsupportedReason: 'raw' })), true);
    assert.equal(isLocked(socket('0.0.0.0:0', null, { state: 'close' })), true);
    assert.equal(isLocked(socket('0.0.0.0:53', null, { state: 'close', protocol: 'udp' })), false);
  });
});
