import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits, parseFilter, type Socket } from '../../../../agent/protocol';
import { hintPlaces } from '../../../../extension/ports/hints/port-hint-places';
import {
  factsOf,
  hintText,
  holderFilter,
  isBusy,
  type PortFacts,
  portFilter,
} from '../../../../extension/ports/port-facts';
import {
  maxWatched,
  statusText,
  type WatchedNow,
  watchedPorts,
} from '../../../../extension/ports/watched-text';
import { english, owner, socket } from '../../../helpers/sockets';

const namespaces = [
  { netns: 1, own: true, name: null, container: null, errno: null },
  { netns: 2, own: false, name: 'blue', container: null, errno: null },
];
const node = owner('node', 42, { command: 'node server.js' });
const listener = socket('0.0.0.0:3000', null, { owners: [node] });
const connection = socket('127.0.0.1:3000', '127.0.0.1:51234', { owners: [node] });
const datagrams = socket('0.0.0.0:3000', null, {
  protocol: 'udp',
  state: 'close',
  owners: [owner('dnsd', 7)],
});
const bound = socket('127.0.0.1:3000', null, { state: 'bound', owners: [owner('python3', 8)] });
const timeWait = socket('127.0.0.1:3000', '127.0.0.1:51235', { state: 'time-wait', inode: '0' });

function facts(...sockets: readonly Socket[]): PortFacts {
  const found = factsOf([3000, 5432], sockets, namespaces).get(3000);
  assert.ok(found);
  return found;
}

const text = (...sockets: readonly Socket[]) => hintText(english, 3000, facts(...sockets));

describe('the hint of a port', () => {
  const cases: [sockets: readonly Socket[], said: string][] = [
    [[], '3000: free'],
    [[listener, connection, connection, connection], '3000: node server.js (pid 42), 3 connections'],
    [[listener, { ...listener, family: 'ipv6' }, connection], '3000: node server.js (pid 42), 1 connection'],
    [[datagrams], '3000: dnsd (pid 7) (udp)'],
    [[bound], '3000: python3 (pid 8) bound without listening'],
    [[timeWait, timeWait], '3000: nobody listens, 2 in time-wait'],
    [[connection], '3000: nobody listens, 1 connection'],
    [[{ ...listener, owners: [] }], '3000: process not known'],
    [
      [{ ...listener, owners: [1, 2, 3, 4, 5].map((pid) => owner('w', pid)) }],
      '3000: w (pid 1), w (pid 2), w (pid 3), and 2 more',
    ],
  ];
  for (const [sockets, said] of cases) it(`is "${said}"`, () => assert.equal(text(...sockets), said));

  it('ignores other ports, other network namespaces and closed sockets', () => {
    const elsewhere = { ...listener, netns: 2 };
    const closed = socket('0.0.0.0:3000', null, { state: 'close', local: { address: '::', port: 0 } });
    assert.equal(text(elsewhere, socket('0.0.0.0:5432', null), closed), '3000: free');
  });

  it('is one line of plain text for any process name', () => {
    const name = 'a\n```\n[x](command:y)\u202e';
    const said = text({ ...listener, owners: [owner(name, 6, { command: name })] });
    assert.doesNotMatch(said, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
    assert.match(said, /^3000: a\\u\{a\}```/);
  });

  it('is busy if a process holds the port without a remote end', () => {
    for (const one of [listener, datagrams, bound]) assert.equal(isBusy(facts(one)), true);
    for (const one of [connection, timeWait]) assert.equal(isBusy(facts(one)), false);
  });
});

describe('the filter for ports', () => {
  it('is a valid filter for the maximum of ports in a document', () => {
    const ports = Array.from({ length: 50 }, (_, index) => 65_000 + index);
    for (const filter of [portFilter(ports), holderFilter(ports)]) {
      assert.equal(parseFilter(filter).ok, true);
      assert.ok(filter.length < limits.filter);
    }
  });
});

describe('the setting for hints', () => {
  it('selects hovers and code lenses, and neither in restricted mode', () => {
    const places = ['off', 'hover', 'codeLens', 'both', 'nonsense', undefined].map((setting) => {
      assert.deepEqual(hintPlaces(setting, false), { hovers: false, lenses: false });
      const { hovers, lenses } = hintPlaces(setting, true);
      return [hovers, lenses];
    });
    assert.deepEqual(places, [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
      [false, false],
      [false, false],
    ]);
  });
});

describe('the setting for watched ports', () => {
  const read = (setting: unknown) => watchedPorts(english, setting);

  it('is a list of ports, each watched once', () =>
    assert.deepEqual(read([3000, 5432, 3000]), { ports: [3000, 5432], mistakes: [] }));

  it('has a message for each entry that is no port', () => {
    const { ports, mistakes } = read([3000, 0, 65536, 1.5, '80', null, { port: 1 }]);
    assert.deepEqual(ports, [3000]);
    assert.equal(mistakes.length, 6);
    assert.equal(mistakes[3], '"80" is not a port: a port is a number from 1 to 65535.');
    assert.equal(read('3000').mistakes.length, 1);
    assert.deepEqual(read([]), { ports: [], mistakes: [] });
  });

  it('has a maximum of ports', () => {
    const { ports, mistakes } = read(Array.from({ length: 100 }, (_, index) => index + 1));
    assert.equal(ports.length, maxWatched);
    assert.equal(mistakes.length, 1);
  });
});

describe('the status bar', () => {
  const all = factsOf([3000, 5432], [listener], namespaces);
  const now: WatchedNow = {
    ports: [3000, 5432],
    mistakes: [],
    facts: all,
    failure: undefined,
    since: new Map(),
  };

  it('lists busy and free ports', () => {
    const { text, tooltip, label } = statusText(english, now);
    assert.equal(text, '$(plug) 3000 busy · 5432 free');
    assert.equal(label, 'Watched ports: 3000 busy, 5432 free');
    assert.deepEqual(tooltip.split('\n').slice(1), ['3000: node server.js (pid 42)', '5432: nobody listens']);
  });

  it('shows no state before the first result, the last failure, and mistakes in the setting', () => {
    const { text, tooltip } = statusText(english, {
      ...now,
      facts: undefined,
      failure: 'no\nanswer',
      mistakes: ['"x" is not a port.'],
    });
    assert.equal(text, '$(warning) 3000 … · 5432 …');
    assert.match(tooltip, /^The last check failed: no\\u\{a\}answer\n"x" is not a port\.$/m);
  });

  it('has the time of the last change of a port', () => {
    const since = new Map([[5432, new Date(0)]]);
    const { tooltip } = statusText(english, { ...now, since });
    assert.ok(tooltip.endsWith(`5432: nobody listens, since ${new Date(0).toLocaleTimeString()}`), tooltip);
  });

  it('shows at most four ports', () => {
    const ports = [1, 2, 3, 4, 5, 6];
    const { text } = statusText(english, { ...now, ports, facts: factsOf(ports, [], namespaces) });
    assert.equal(text, '$(plug) 1 free · 2 free · 3 free · 4 free · 2 more');
  });
});
