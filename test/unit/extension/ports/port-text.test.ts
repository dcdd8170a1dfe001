import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  Explanation,
  FreePlan,
  FreeReport,
  PlannedStep,
  PortAnswer,
} from '../../../../agent/client/ports/free-types';
import type { BindTrial, PortHolder } from '../../../../agent/protocol';
import { agentQuestion, freeQuestion, killQuestion, reportText } from '../../../../extension/ports/free-text';
import { parsePort, portMistake } from '../../../../extension/ports/port-input';
import {
  answerText,
  answerTitle,
  bindLines,
  hidesSomething,
  holderText,
  holdingText,
  inUseText,
  mainHolder,
  mayBeFreed,
  processFactsText,
} from '../../../../extension/ports/port-text';
import { english, owner, socket } from '../../../helpers/sockets';

const node = owner('node', 42);

function holder(kind: PortHolder['kind'], more: Partial<PortHolder> = {}): PortHolder {
  const sockets = [socket('0.0.0.0:3000', null, { owners: [node] })];
  return {
    kind,
    sockets,
    socketsLeftOut: 0,
    owners: [node],
    blocks: ['0.0.0.0'],
    why: 'it does',
    remedy: 'signal',
    respawn: null,
    ...more,
  };
}

function trial(address: string, error: string | null, reuseaddr = false): BindTrial {
  return { netns: 1, address, reuseaddr, error };
}

function explanation(more: Partial<Explanation> = {}): Explanation {
  return { ...answer(), summary: '', notes: [], processes: [], next: [], ...more };
}

function answer(more: Partial<PortAnswer> = {}): PortAnswer {
  return {
    port: 3000,
    protocol: 'tcp',
    addresses: [],
    netns: 1,
    namespaces: [],
    binds: [
      trial('0.0.0.0', 'EADDRINUSE'),
      trial('0.0.0.0', 'EADDRINUSE', true),
      trial('::', 'EAFNOSUPPORT'),
    ],
    holders: [holder('listener')],
    leftOut: { sockets: 0, owners: 0 },
    free: false,
    ...more,
  };
}

describe('a typed port', () => {
  it('is a number, with or without an address or URL around it', () => {
    for (const text of [
      '3000',
      ':3000',
      ' localhost:3000 ',
      '127.0.0.1:3000',
      '[::1]:3000',
      '[::]:3000',
      '*:3000',
    ])
      assert.deepEqual(parsePort(text), { port: 3000, protocol: 'tcp' }, text);
    assert.deepEqual(parsePort('http://localhost:3000/a?b=c'), { port: 3000, protocol: 'tcp' });
    assert.deepEqual(parsePort('53/udp'), { port: 53, protocol: 'udp' });
  });

  it('is rejected for other machines and other text', () => {
    for (const text of [
      '',
      'web',
      '0',
      '65536',
      '-1',
      '3000.5',
      'example.com:80',
      '10.0.0.5:80',
      '3000 4000',
      '53/sctp',
    ])
      assert.equal(parsePort(text), null, text);
  });

  it('has an error message only after text is typed', () => {
    assert.equal(portMistake(english, ''), undefined);
    assert.equal(portMistake(english, '3000'), undefined);
    assert.match(portMistake(english, 'web') ?? '', /1 to 65535/);
  });
});

describe('the text about a busy port', () => {
  it('has the verdict as its title', () => {
    assert.equal(answerTitle(english, answer()), 'Port 3000 is busy');
    assert.equal(answerTitle(english, answer({ free: true })), 'Port 3000 is free');
    const reusable = answer({ binds: [trial('0.0.0.0', 'EADDRINUSE'), trial('0.0.0.0', null, true)] });
    assert.equal(answerTitle(english, reusable), 'Port 3000 is free for most servers');
    assert.equal(answerTitle(english, answer({ protocol: 'udp', port: 53 })), 'UDP port 53 is busy');
  });

  it('names each holder and how it holds the port', () => {
    assert.equal(holderText(english, holder('listener')), 'node (pid 42)');
    assert.equal(holdingText(english, holder('listener')), 'listens on 0.0.0.0:3000');
    const many = holder('listener', { owners: [node, owner('node', 43), owner('node', 44)] });
    assert.equal(holderText(english, many), 'node (pid 42), node (pid 43) and node (pid 44)');
    const gone = holder('time-wait', {
      owners: [],
      sockets: [1, 2, 3, 4].map((n) => socket(`127.0.0.${n}:3000`, '127.0.0.1:9')),
    });
    assert.equal(holderText(english, gone), '4 connections without a process');
    assert.match(holdingText(english, gone), /127\.0\.0\.2:3000 and 2 more$/);
    const container = holder('published', {
      owners: [],
      respawn: { kind: 'container', name: 'web', runtime: 'docker', process: null },
    });
    assert.equal(holderText(english, container), 'container web of docker');
    assert.equal(holderText(english, holder('listener', { owners: [] })), 'a process that cannot be seen');
  });

  it('escapes control characters in names', () => {
    const evil = holder('listener', { owners: [owner('a\u001b[2J\u202e', 42)] });
    const texts = [
      holderText(english, evil),
      answerText(english, explanation({ holders: [{ ...evil, why: '\u001b]0;x\u0007' }] })),
    ];
    for (const text of texts) assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  });

  it('leaves out addresses that do not exist, and shows the binds with SO_REUSEADDR', () => {
    assert.deepEqual(bindLines(english, answer()), [
      'bind: 0.0.0.0 EADDRINUSE',
      'with SO_REUSEADDR: 0.0.0.0 EADDRINUSE',
    ]);
    assert.deepEqual(bindLines(english, answer({ binds: [trial('0.0.0.0', null)] })), [
      'bind: 0.0.0.0 works',
    ]);
  });

  it('names the server before clients, leftovers and other namespaces', () => {
    const elsewhere = holder('listener', {
      owners: [owner('far', 1)],
      sockets: [socket('0.0.0.0:3000', null, { netns: 2 })],
    });
    const client = holder('client', { owners: [owner('curl', 2)] });
    const gone = holder('time-wait', { owners: [] });
    const holders = [elsewhere, client, gone, holder('listener')];
    assert.equal(mainHolder(answer({ holders }))?.owners[0]?.name, 'node');
    assert.equal(inUseText(english, answer({ holders })), 'Port 3000 is in use: node (pid 42).');
    assert.equal(inUseText(english, answer({ holders: [] })), 'Port 3000 is in use.');
  });

  it('names a setting or a button where the agent names a command', () => {
    const hidden = holder('listener', {
      why: 'X listens; the agent can identify it (sudo sockscope agent serve)',
    });
    assert.match(
      answerText(english, explanation({ holders: [hidden] })),
      /can identify it \(Start Agent\)$/m,
    );
    const others = 'it belongs to another user: sudo sockscope agent restart --scope all';
    assert.match(
      freeQuestion(english, plan([], [others]), null).detail,
      /another user: setting sockscope\.agent\.scope: all\.$/,
    );
  });

  it('has its notes, and what to do next, in the words of the editor', () => {
    const next = [{ command: 'sudo sockscope agent serve', why: 'Only the agent can do it: X' }];
    assert.match(
      answerText(english, explanation({ notes: ['localhost is two servers'], next })),
      /\n- localhost is two servers\nbind: .*\nNext: Start Agent \(Only the agent can do it: X\)$/s,
    );
  });

  it('offers to free it unless all that holds it is left alone', () => {
    const alone = holder('listener', { remedy: 'none' });
    const elsewhere = holder('listener', { sockets: [socket('0.0.0.0:3000', null, { netns: 2 })] });
    assert.equal(mayBeFreed(answer()), true);
    assert.equal(mayBeFreed(answer({ holders: [] })), true, 'the agent may see what holds it');
    assert.equal(mayBeFreed(answer({ holders: [alone, holder('client')] })), true);
    assert.equal(mayBeFreed(answer({ holders: [alone] })), false);
    assert.equal(mayBeFreed(answer({ holders: [alone, elsewhere] })), false);
    assert.equal(mayBeFreed(answer({ free: true })), false);
  });

  it('has what distinguishes a process from others', () => {
    const process = { name: 'node', command: 'node server.mjs', startedAt: '2026-01-01T00:00:00.000Z' };
    const now = Date.parse('2026-01-01T00:03:20.000Z');
    assert.equal(
      processFactsText(english, process, 'terminal zsh', now),
      'node server.mjs · started 3 min 20 s ago · terminal zsh',
    );
    assert.equal(
      processFactsText(english, { ...process, command: '' }, '', now),
      'node · started 3 min 20 s ago',
    );
  });

  it('detects whether the agent would show more', () => {
    assert.equal(hidesSomething(answer()), false);
    assert.equal(hidesSomething(answer({ holders: [holder('listener', { owners: [] })] })), true);
    assert.equal(hidesSomething(answer({ holders: [] })), true);
    assert.equal(hidesSomething(answer({ holders: [], free: true })), false);
  });
});

function step(act: PlannedStep['act'], target: string, more: Partial<PlannedStep> = {}): PlannedStep {
  return {
    act,
    target,
    what: `what happens to ${target}`,
    holders: [],
    process: null,
    needsAgent: false,
    ...more,
  };
}

function plan(steps: readonly PlannedStep[], leftAlone: readonly string[] = []): FreePlan {
  return { answer: answer(), steps, leftAlone, notes: [], processes: [], inheritors: [] };
}

const titles = (steps: readonly PlannedStep[], agentText: string | null = 'sudo asks') =>
  freeQuestion(english, plan(steps), agentText).buttons.map(({ title }) => title);

describe('the question before a port is freed', () => {
  const end = step('signal', 'node (pid 42)', { process: node });
  const abort = step('destroy', '3 connections', { needsAgent: true });

  it('lists the steps, and the processes that are left alone', () => {
    assert.deepEqual(freeQuestion(english, plan([end], ['curl (pid 7) is left alone']), 'sudo asks'), {
      message: 'Free port 3000?',
      detail: '• what happens to node (pid 42).\n\nLeft alone:\n• curl (pid 7) is left alone.',
      buttons: [{ title: 'End node (pid 42)', consent: 'without-agent' }],
    });
  });

  it('has all names, however many there are', () => {
    const names = Array.from({ length: 100 }, (_, pid) => `node (pid ${pid})`).join(', ');
    const { detail } = freeQuestion(english, plan([step('signal', names)], [names]), null);
    assert.equal(detail.split('node (pid 99)').length, 3);
  });

  it('has the command line of the process that is ended', () => {
    const running = { ...end, process: owner('node', 42, { command: 'node server.mjs' }) };
    assert.match(freeQuestion(english, plan([running]), null).detail, /\. It runs: node server\.mjs$/);
  });

  it('has a button that names the step', () => {
    assert.deepEqual(titles([step('stop-supervisor', '"dev"')]), ['Stop "dev"']);
    assert.deepEqual(titles([step('stop-container', 'container "web"')]), ['Stop container "web"']);
    assert.deepEqual(titles([end, step('signal', 'python (pid 43)')]), ['Free Port']);
    assert.deepEqual(titles([abort], null), ['Free Port']);
  });

  it('gives the reason for the agent, and offers the steps that work without it', () => {
    assert.deepEqual(titles([abort]), ['Start Agent and Free Port']);
    assert.deepEqual(titles([end, abort]), ['Start Agent and Free Port', 'Without Agent: End node (pid 42)']);
    const { detail } = freeQuestion(english, plan([end, abort]), 'sudo asks');
    assert.match(detail, /3 connections\. \(Needs the agent\.\)\n\nsudo asks$/);
  });

  it('does not mention an agent that may be needed later', () => {
    const perhaps = { ...abort, ifStillBusy: true };
    assert.deepEqual(titles([end, perhaps]), ['End node (pid 42)']);
    assert.doesNotMatch(freeQuestion(english, plan([end, perhaps]), 'sudo asks').detail, /sudo/);
  });

  it('is repeated for the agent and for SIGKILL', () => {
    assert.equal(
      agentQuestion(english, answer(), false, 'sudo asks').message,
      'Start the agent to free port 3000?',
    );
    assert.match(agentQuestion(english, answer(), false, 'sudo asks').detail, /not visible.*\n\nsudo asks$/);
    assert.match(agentQuestion(english, answer(), true, 'sudo asks').detail, /abort/);
    assert.match(killQuestion(english, node).message, /^node \(pid 42\) still runs/);
  });
});

describe('the report after a port is freed', () => {
  const report = (more: Partial<FreeReport>): FreeReport => ({
    port: 3000,
    protocol: 'tcp',
    addresses: [],
    netns: 1,
    freed: true,
    already: false,
    needsReuseaddr: false,
    steps: [
      { act: 'signal', target: 'node (pid 42)', outcome: 'exited', message: 'node (pid 42) has ended' },
    ],
    binds: [],
    respawn: null,
    provedMs: 5,
    watchedMs: null,
    message: 'Port 3000 is free',
    next: [],
    ...more,
  });

  it('has the observed results', () => {
    assert.equal(reportText(english, report({})), 'node (pid 42) has ended. Port 3000 is free.');
    assert.equal(
      reportText(english, report({ watchedMs: 3000 })),
      'node (pid 42) has ended. Port 3000 is free. Nothing took it again within 3 s.',
    );
    assert.equal(
      reportText(english, report({ steps: [], message: 'Port 3000 is free already' })),
      'Port 3000 is free already.',
    );
    const busy = report({
      freed: false,
      steps: [
        { act: 'signal', target: 'node (pid 42)', outcome: 'running', message: 'node (pid 42) still runs' },
      ],
      message: 'Port 3000 is still busy. node (pid 42) still runs',
    });
    assert.equal(reportText(english, busy), 'Port 3000 is still busy. node (pid 42) still runs.');
  });

  it('names each process that was ended, also if the port is still busy', () => {
    const steps = [1, 2, 3, 4].map((pid) => ({
      act: 'signal' as const,
      target: `node (pid ${pid})`,
      outcome: 'exited' as const,
      message: `node (pid ${pid}) has ended`,
    }));
    for (const message of ['Port 3000 is free', 'Port 3000 is still busy: its server is gone'])
      for (const { message: ended } of steps)
        assert.ok(
          reportText(english, report({ steps, freed: message.endsWith('free'), message })).includes(ended),
        );
  });
});
