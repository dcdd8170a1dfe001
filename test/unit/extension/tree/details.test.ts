import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SocketFacts } from '../../../../agent/client/inspect/socket-facts';
import { bytesText } from '../../../../agent/common/bytes-text';
import type { EndReason, ProcessDetail, SocketDetail, TcpDetail } from '../../../../agent/protocol';
import {
  healthSection,
  processSection,
  type Section,
  socketSection,
} from '../../../../extension/tree/details-text';
import { noFacts } from '../../../../extension/tree/known-facts';
import { runsText } from '../../../../extension/tree/process-text';
import { english, owner, socket } from '../../../helpers/sockets';

const rowContext = { grouping: 'process', namespaces: [] } as const;
const connection = socket('10.0.0.1:40000', '10.0.0.5:5432', { owners: [owner('node', 42)] });

const health: SocketDetail = {
  receiveQueue: 0,
  sendQueue: 1500,
  timer: { kind: 'retransmit', expiresMs: 204, retransmits: 2 },
  tcp: {
    rttMs: 0.312,
    rttVarianceMs: 0.1,
    minRttMs: 0.05,
    retransmitting: 1,
    totalRetransmits: 3,
    unacked: 2,
    lost: 1,
    congestionWindow: 10,
    congestionControl: 'cubic',
    sendMss: 1448,
    pathMtu: 1500,
    lastDataSentMs: 1200,
    lastDataReceivedMs: 65_000,
    lastAckReceivedMs: 3_700_000,
    bytesSent: 123_456,
    bytesAcked: 120_000,
    bytesReceived: 5,
    bytesRetransmitted: 4344,
    deliveryRate: 1_000_000,
  },
};

const program: ProcessDetail = {
  pid: 42,
  startTime: '1',
  name: 'node',
  command: 'node server.js',
  uid: 1000,
  user: 'dev',
  workingDirectory: '/srv/app',
  startedAt: '2026-01-02T03:04:05.000Z',
  parents: [
    { pid: 7, startTime: '1', name: 'bash', command: 'bash', uid: 1000 },
    { pid: 1, startTime: '0', name: 'systemd', command: '', uid: 1000 },
  ],
  cgroup: '/system.slice/app.service',
  container: null,
  unit: 'app.service',
};

/** An hour and a minute after the program started. */
const now = Date.parse('2026-01-02T04:05:05.000Z');
const readAt = new Date(now);

const found = ({ details }: Section, name: string) => details.find((one) => one.name === name)?.value;

describe('the details of a socket', () => {
  it('are its facts, or the reason of its end', () => {
    const section = socketSection(english, connection, null, rowContext);
    assert.equal(found(section, 'State'), 'established');
    assert.equal(found(section, 'Remote'), '10.0.0.5:5432');
    assert.equal(found(section, 'Held by'), 'node (pid 42)');
    assert.equal(found(section, 'Peer'), undefined);
    const at = new Date(2026, 0, 1, 14, 3, 22);
    const ended = (reason: EndReason | null, when: Date | null) =>
      found(socketSection(english, connection, { reason, at: when }, rowContext), 'State');
    assert.equal(ended('timed-out', at), `closed: timed out, ${at.toLocaleTimeString()}`);
    assert.equal(ended('closed', null), 'closed by its process');
    assert.equal(ended(null, null), 'closed, reason not known');
  });

  it('are its health', () => {
    const section = healthSection(english, connection, health, noFacts, readAt);
    assert.equal(found(section, 'Read at'), readAt.toLocaleTimeString());
    assert.equal(found(section, 'Send queue'), '1.5 KB not acknowledged yet');
    assert.equal(found(section, 'Timer'), 'retransmit, in 204 ms, retransmits: 2');
    assert.equal(found(section, 'Round trip'), '0.31 ms, varies by 0.1 ms, minimum 0.05 ms');
    assert.equal(found(section, 'Retransmits'), '3 total, 1 in flight, 4.34 KB');
    assert.equal(
      found(section, 'Last activity'),
      'sent 1.2 s ago, received 1 min 5 s ago, acknowledged 1 h 1 min ago',
    );
    assert.equal(found(section, 'Congestion control'), 'cubic, window 10 packets');
  });

  it('count data alone as acknowledged, not the SYN or the FIN', () => {
    const sent = (bytesSent: number, bytesAcked: number, bytesRetransmitted: number) => {
      const tcp = { ...(health.tcp as TcpDetail), bytesSent, bytesAcked, bytesRetransmitted };
      return found(healthSection(english, connection, { ...health, tcp }, noFacts, readAt), 'Sent');
    };
    assert.equal(sent(59, 60, 0), '59 B, 59 B acknowledged');
    assert.equal(sent(69, 61, 10), '69 B, 59 B acknowledged');
    assert.equal(sent(59, 20, 0), '59 B, 20 B acknowledged');
  });

  it('of a listening socket are its queue', () => {
    const waiting = { ...health, receiveQueue: 3, sendQueue: 511, tcp: null };
    const section = healthSection(english, socket('0.0.0.0:80', null), waiting, noFacts, readAt);
    assert.equal(found(section, 'Waiting to be accepted'), '3 of at most 511');
    assert.equal(found(section, 'Send queue'), undefined);
    assert.equal(found(section, 'Keepalive'), undefined);
    const full = healthSection(
      english,
      socket('0.0.0.0:80', null),
      { ...waiting, receiveQueue: 2, sendQueue: 1 },
      noFacts,
      readAt,
    );
    assert.match(
      found(full, 'Waiting to be accepted') ?? '',
      /^2 of 1 waiting: the server does not accept, /,
    );
  });

  it('have what the numbers mean: dead peers, leaks, ports that are used up', () => {
    const settings = { retries: 15, maxRtoMs: 120_000, probes: 9, probeIntervalMs: 75_000 };
    const of = (timer: SocketDetail['timer'], facts: Partial<SocketFacts> = {}) =>
      healthSection(english, connection, { ...health, timer }, { ...noFacts, ...facts }, readAt);
    const idle = of({ kind: 'none', expiresMs: 0, retransmits: 0 });
    assert.equal(found(idle, 'Keepalive'), 'off: a dead peer is never noticed while idle');
    assert.equal(found(idle, 'Gives up'), undefined);
    const probing = of({ kind: 'keepalive', expiresMs: 30_000, retransmits: 2 }, { settings });
    assert.equal(found(probing, 'Unanswered probes'), '2');
    assert.match(found(probing, 'Gives up') ?? '', /^in 9 min if no probe is answered/);
    const leak = { owner: owner('python3', 42), where: 'to 10.0.0.5:5432', count: 26, lastMinute: 10 };
    const by = [{ owner: owner('python3', 42), count: 20 }];
    const leaking = of(
      { kind: 'none', expiresMs: 0, retransmits: 0 },
      { leak, clientPorts: { used: 20, of: 20, by } },
    );
    assert.match(
      found(leaking, 'Close-wait') ?? '',
      /^26 of python3 \(pid 42\) .* the program does not close them; destroying them cures nothing$/,
    );
    assert.match(found(leaking, 'Client ports') ?? '', /^20 of 20 to 10\.0\.0\.5:5432, by python3/);
  });

  it('have one name each', () => {
    for (const { details } of [
      socketSection(english, connection, null, rowContext),
      healthSection(english, connection, health, noFacts, readAt),
      processSection(english, program, now),
    ])
      assert.equal(new Set(details.map(({ name }) => name)).size, details.length);
  });
});

describe('the details of a process', () => {
  it('are its user, folder, start time and parents', () => {
    const section = processSection(english, program, now);
    assert.equal(section.label, 'Process node server.js (pid 42)');
    assert.equal(found(section, 'User'), 'dev (1000)');
    assert.equal(found(section, 'Working directory'), '/srv/app');
    assert.equal(found(section, 'Unit'), 'app.service');
    assert.equal(found(section, 'Started'), `${new Date(program.startedAt).toLocaleString()}, 1 h 1 min ago`);
    assert.equal(found(section, 'Started by'), 'bash (pid 7) ← systemd (pid 1)');
  });

  it('mark unknown values', () => {
    const section = processSection(
      english,
      { ...program, workingDirectory: null, user: null, parents: [] },
      now,
    );
    assert.equal(found(section, 'Working directory'), 'cannot be read');
    assert.equal(found(section, 'User'), '1000');
    assert.equal(found(section, 'Started by'), 'not known');
  });

  it('escape control characters', () => {
    const evil = '/tmp/\u202e\n\x1b[2J';
    const { details } = processSection(
      english,
      {
        ...program,
        workingDirectory: evil,
        command: evil,
        unit: evil,
      },
      now,
    );
    for (const { value } of details) assert.doesNotMatch(value, /[\p{Cc}\p{Cf}]/u);
  });
});

describe('numbers', () => {
  it('of a process in a tooltip are its user and its age', () => {
    const at = new Date('2026-01-02T03:04:05.000Z');
    const ran = { user: 'ana', uid: 1000, startedAt: at.toISOString() };
    const text = (one: typeof ran | { user: null }) =>
      runsText(english, { ...ran, ...one }, at.getTime() + 180_000);
    assert.equal(text(ran), `Runs as ana since ${at.toLocaleString()}, 3 min ago.`);
    assert.equal(text({ user: null }), `Runs as uid 1000 since ${at.toLocaleString()}, 3 min ago.`);
  });

  it('of bytes are short', () =>
    assert.deepEqual([0, 512, 999, 1000, 12_345, 4e6, 999_999, 2e15].map(bytesText), [
      '0 B',
      '512 B',
      '999 B',
      '1 KB',
      '12.3 KB',
      '4 MB',
      '1 MB',
      '2000 TB',
    ]));
});
