import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matcher } from '../../../../agent/inventory/filter-match';
import { parseActingFilter, parseFilter, type Socket } from '../../../../agent/protocol';

const established: Socket = {
  cookie: '4711',
  netns: 4026531840,
  protocol: 'tcp',
  family: 'ipv4',
  state: 'established',
  local: { address: '127.0.0.1', port: 3000 },
  remote: { address: '10.0.0.5', port: 51234 },
  uid: 1000,
  inode: '88123',
  owners: [{ pid: 42, startTime: '123', fd: 18, name: 'node', command: 'node server.js --port 3000' }],
  ownersLeftOut: 0,
  queuedFor: [],
  peer: null,
  container: null,
  lifeline: false,
  kernel: false,
  unsupportedReason: null,
};
const listening: Socket = { ...established, cookie: '1', state: 'listen', remote: null };
const udp6: Socket = {
  ...established,
  cookie: '2',
  protocol: 'udp',
  family: 'ipv6',
  local: { address: '::1', port: 5353 },
  remote: { address: '::ffff:10.0.0.5', port: 53 },
  owners: [],
};
const closed: Socket = {
  ...established,
  cookie: '3',
  state: 'close',
  remote: null,
  local: { address: '0.0.0.0', port: 0 },
};
const timeWait: Socket = { ...established, cookie: '5', state: 'time-wait', uid: 0, owners: [] };
const id = '4f5a'.repeat(16);
const contained: Socket = {
  ...established,
  cookie: '6',
  netns: 4026532000,
  local: { address: '10.88.0.2', port: 80 },
  owners: [],
  uid: 0,
  container: { id, runtime: 'podman', name: 'web' },
};
const nameless: Socket = {
  ...contained,
  cookie: '7',
  container: { id: 'a'.repeat(64), runtime: 'docker', name: null },
};
const others: readonly Socket[] = [contained, nameless];

function matched(text: string): string[] {
  const parsed = parseFilter(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.message);
  const all = [
    established,
    listening,
    udp6,
    closed,
    timeWait,
    ...(/container|net:4026532000/.test(text) ? others : []),
  ];
  return all.filter(matcher(parsed.filter)).map((s) => s.cookie);
}

describe('a filter matches', () => {
  const cases: [filter: string, cookies: string[]][] = [
    ['', ['4711', '1', '2', '5']],
    [':3000', ['4711', '1', '5']],
    ['port:3000,5353', ['4711', '1', '2', '5']],
    [':3000 -state:listen', ['4711', '5']],
    ['remote:51234', ['4711', '5']],
    ['remote:10.0.0.5', ['4711', '2', '5']],
    ['remote:10.0.0.5:53', ['2']],
    ['remote:[::ffff:10.0.0.5]:53', ['2']],
    ['addr:::1', ['2']],
    ['addr:localhost', ['4711', '1', '2', '5']],
    ['addr:[::1]:5353', ['2']],
    ['pid:42 state:established', ['4711']],
    ['process:node,nginx', ['4711', '1']],
    ['proto:udp', ['2']],
    ['user:1000 state:time-wait', []],
    ['user:0', []],
    ['cookie:0x1267', ['4711']],
    ['cookie:4711', ['4711']],
    ['net:4026531840 proto:udp', ['2']],
    ['state:close', ['3']],
    ['SERVER.JS established', ['4711']],
    ['10.0.0.5:51234', ['4711', '5']],
    ['"server.js --port"', ['4711', '1']],
    ['-process:node', ['2', '5']],
    ['container:web', ['6']],
    [`container:${id}`, ['6']],
    ['container:4F5A4f5a', ['6']],
    ['container:we', []],
    ['container:web,aaaa', ['6', '7']],
    ['net:4026532000 -container:web', ['7']],
    ['-container:web proto:tcp', ['4711', '1', '5', '7']],
  ];
  for (const [filter, cookies] of cases)
    it(filter || '(empty)', () => assert.deepEqual(matched(filter), cookies));
});

describe('a mistake names the bad part and the nearest valid form', () => {
  const cases: [filter: string, bad: string, nearest: string][] = [
    [':99999', '99999', ':3000'],
    [':30o0', '30o0', ':300'],
    ['port:', 'port:', ':3000'],
    ['prot:tcp', '"prot:"', 'proto'],
    ['state:estab', 'estab', 'established'],
    ['state:listening', 'listening', 'listen'],
    ['proto:tpc', 'tpc', 'tcp'],
    ['remote:10.0.0', '10.0.0', 'remote:10.0.0.5'],
    ['remote:10.0.0.5:99999', '99999', ':3000'],
    ['pid:abc', 'abc', 'pid:42'],
    ['cookie:x1', 'x1', 'cookie:4711'],
    ['cookie:18446744073709551616', '18446744073709551616', 'cookie:4711'],
    ['remote:010.0.0.5', '010.0.0.5', 'remote:10.0.0.5'],
    ['container:', 'container:', 'container:web'],
    ['contaner:web', '"contaner:"', 'container'],
  ];
  for (const [filter, bad, nearest] of cases)
    it(filter, () => {
      const parsed = parseFilter(filter);
      assert.ok(!parsed.ok);
      assert.ok(parsed.message.includes(bad), parsed.message);
      assert.ok(parsed.message.includes(nearest), parsed.message);
    });
  it('a filter that is too long', () => assert.ok(!parseFilter('a'.repeat(1001)).ok));
});

describe('acting', () => {
  for (const filter of ['', 'node', ':3000 node', '-:22', '-state:listen -proto:udp'])
    it(`refuses "${filter}"`, () => assert.ok(!parseActingFilter(filter).ok));
  for (const filter of [':3000', 'pid:42 -state:listen', 'cookie:4711'])
    it(`takes "${filter}"`, () => assert.ok(parseActingFilter(filter).ok));
});
