import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DestroyedSocket, Outcome, PlannedSocket, Socket } from '../../../../agent/protocol';
import {
  counts,
  logLine,
  type Planned,
  question,
  refusal,
  report,
} from '../../../../extension/actions/destroy-text';
import { english, owner, socket } from '../../../helpers/sockets';

const node = owner('node', 42, { command: 'node server.js' });

function planned(
  one: Socket,
  act: PlannedSocket['act'],
  message = 'node (pid 42) gets ECONNABORTED',
): Planned {
  return { socket: one, plan: { ...one, act, listener: one.state === 'listen', message } };
}

function connection(port: number, more: Partial<Socket> = {}): Socket {
  return socket('127.0.0.1:3000', `127.0.0.1:${port}`, { owners: [node], ...more });
}

function result(outcome: Outcome, message = 'it is gone'): DestroyedSocket {
  return { ...connection(51234), outcome, engine: 'bpf', errno: null, message };
}

describe('the question before a destroy', () => {
  it('names one connection and predicts the errors at both ends', () => {
    const one = planned(connection(51234), 'destroy');
    assert.deepEqual(question(english, [one], [one]), {
      message: 'Destroy 127.0.0.1:3000 → 127.0.0.1:51234?',
      detail: 'node (pid 42) gets ECONNABORTED.',
    });
  });

  it('starts with the text of its caller', () => {
    const one = planned(connection(51234), 'destroy');
    assert.equal(
      question(english, [one], [one], 'Abort at the peer.').detail,
      'Abort at the peer.\n\nnode (pid 42) gets ECONNABORTED.',
    );
  });

  it('calls it a reset for UDP', () => {
    const udp = socket('0.0.0.0:53', null, { protocol: 'udp', state: 'close' });
    const one = planned(udp, 'reset');
    assert.equal(question(english, [one], [one]).message, 'Reset the UDP socket 0.0.0.0:53?');
  });

  it('mentions a restart as the milder way for a listening socket', () => {
    const one = planned(socket('0.0.0.0:80', null, { owners: [node] }), 'destroy', 'nginx lives on but deaf');
    const { message, detail } = question(english, [one], [one]);
    assert.equal(message, 'Destroy the listening socket 0.0.0.0:80?');
    assert.equal(detail, 'nginx lives on but deaf. Restarting the server is the milder way.');
  });

  it('counts many targets, names the first, and lists those that are left alone', () => {
    const tried = Array.from({ length: 7 }, (_, index) => planned(connection(50000 + index), 'destroy'));
    const left = [planned(connection(1, { lifeline: true }), 'protected'), planned(connection(2), 'denied')];
    const { message, detail } = question(english, [...tried, ...left], tried);
    assert.equal(message, 'Destroy 7 sockets of node server.js (pid 42)?');
    assert.equal(detail.match(/127\.0\.0\.1:5000\d {2}node server\.js \(pid 42\)/g)?.length, 5);
    assert.match(detail, /and 2 more/);
    assert.match(detail, /Left alone: 1 protected, 1 not permitted\./);
    assert.doesNotMatch(detail, /Listening|UDP/);
    assert.match(detail, /No process is ended, but one that does not handle the error may end itself\./);
  });

  it('names no process where several hold the sockets, or one is not known', () => {
    const others = [{ owners: [owner('sh', 43)] }, { owners: [] }, { owners: [node, owner('sh', 43)] }];
    for (const other of others) {
      const tried = [planned(connection(1), 'destroy'), planned(connection(2, other), 'destroy')];
      assert.equal(question(english, tried, tried).message, 'Destroy 2 sockets?');
    }
  });

  it('warns about listening and UDP sockets among many', () => {
    const tried = [
      planned(connection(50000), 'destroy'),
      planned(socket('0.0.0.0:80', null), 'destroy'),
      planned(socket('0.0.0.0:53', null, { protocol: 'udp', state: 'close' }), 'reset'),
    ];
    const { detail } = question(english, tried, tried);
    assert.match(detail, /Listening sockets among them: 1\. Most servers do not notice/);
    assert.match(detail, /UDP sockets among them: 1\. They are reset and stay bound\./);
  });
});

describe('a destroy without a possible target', () => {
  it('gives the reason', () => {
    const one = planned(connection(1), 'protected', 'sshd is lifeline');
    assert.equal(refusal(english, [one]), 'sshd is lifeline.');
  });

  it('names the setting that allows it', () => {
    const all = [planned(connection(1), 'denied', 'not yours: sudo sockscope agent serve --scope all')];
    assert.equal(refusal(english, all), 'not yours: setting sockscope.agent.scope: all.');
  });

  it('gives counts and the first reason for many sockets', () => {
    const all = [planned(connection(1), 'denied', 'not yours'), planned(connection(2), 'protected')];
    assert.equal(
      refusal(english, all),
      'None of the 2 sockets can be destroyed: 1 protected, 1 not permitted. The first: not yours.',
    );
  });
});

describe('the report after a destroy', () => {
  it("is the agent's sentence for one socket", () => {
    assert.deepEqual(report(english, [result('destroyed')]), {
      kind: 'info',
      message: 'it is gone.',
    });
    assert.equal(
      report(english, [
        result('destroyed', 'Destroyed 1.2.3.4:5 -> 6.7.8.9:10. node (pid 42) is still running'),
      ]).message,
      'Destroyed 1.2.3.4:5 → 6.7.8.9:10. node (pid 42) is still running.',
    );
    assert.equal(report(english, [result('failed')]).kind, 'warning');
  });

  it('counts each outcome of many, and warns if any socket is not destroyed', () => {
    assert.deepEqual(report(english, [result('destroyed'), result('gone'), result('destroyed')]), {
      kind: 'info',
      message: '3 sockets: 2 destroyed, 1 gone already.',
    });
    assert.deepEqual(report(english, [result('destroyed'), result('changed'), result('failed')]), {
      kind: 'warning',
      message: '3 sockets: 1 destroyed, 1 changed meanwhile, 1 failed.',
    });
    const all = [result('destroyed'), result('destroyed'), result('destroyed')];
    assert.equal(report(english, all).message, '3 sockets destroyed.');
  });

  it('has a text for every outcome', () => {
    const all: Outcome[] = [
      'failed',
      'unsupported',
      'denied',
      'protected',
      'changed',
      'gone',
      'reset',
      'destroyed',
    ];
    assert.equal(
      counts(english, all),
      '1 destroyed, 1 reset, 1 gone already, 1 changed meanwhile, 1 protected, 1 not permitted, 1 not supported here, 1 failed',
    );
  });

  it('logs a line for each socket, without line breaks from untrusted text', () => {
    const line = logLine({ ...result('failed', 'a\nb'), errno: 'ETIMEDOUT' });
    assert.match(
      line,
      /^tcp 127\.0\.0\.1:3000 -> 127\.0\.0\.1:51234 netns 1 cookie \d+: failed bpf ETIMEDOUT: a\\u\{a\}b$/,
    );
  });
});
