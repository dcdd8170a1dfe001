/** How the broker comes to its audit log: whatever it inherits, whatever stands in the log's place, and when the disk is full. */

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { StartExit } from '../../agent/common/start-exit';
import { type Target, targetOf } from '../../agent/protocol';
import type { AgentProcess } from '../helpers/agent-process';
import { auditFolder, auditLines, withOwnLog } from '../helpers/audit';
import { connectAll, type Place, places } from '../helpers/pairs';
import { run, until } from '../helpers/programs';
import { assertEchoes, type Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';

const [ipv4] = places as [Place];

/** A journal that keeps what it reads in a file, and ends with the agent. */
const journal = `
import os, socket
parent = os.getppid()
reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
reader.bind("/run/systemd/journal/socket")
with open("${auditFolder}/journal", "ab", 0) as kept:
    reader.settimeout(0.1)
    while os.getppid() == parent:
        try:
            kept.write(reader.recv(65536) + b"\\n")
        except TimeoutError:
            pass
`;

describe('the broker and its audit log', { skip: withoutRoot }, () => {
  let stage: Stage;
  let since: Date;
  let server: Puppet;
  let client: Puppet;
  before(async () => {
    stage = new Stage();
    server = await stage.puppet();
    client = await stage.puppet();
  });
  beforeEach(() => {
    since = new Date();
  });
  after(() => stage?.close());

  /** An agent that was started through other programs; it is stopped again. */
  async function withAgent<T>(
    through: readonly string[],
    act: (agent: AgentProcess) => Promise<T>,
  ): Promise<T> {
    const agent = await stage.agent([], stage.user, { netns: stage.netns, through });
    try {
      return await act(agent);
    } finally {
      await agent.stop();
    }
  }

  async function connected(name: string) {
    const pair = (await connectAll(server, client, ipv4, name, [name])).pairs[name];
    assert.ok(pair);
    return pair;
  }

  const destroy = (cookie: string) => stage.sockscope(['destroy', `cookie:${cookie}`, '--yes']);

  it('without a place for it no agent starts, and no socket is left', async () => {
    const hidden = 'mount -t tmpfs -o mode=755 tmpfs /var/log && touch /var/log/sockscope && exec "$@"';
    const { code, stderr } = await stage.sockscope(['agent', 'serve'], {
      user: undefined,
      environment: { SUDO_UID: String(stage.user.uid) },
      through: ['unshare', '--mount', 'sh', '-c', hidden, 'sh'],
    });
    assert.equal(code, StartExit.refused, stderr);
    assert.match(stderr, /^\/var\/log\/sockscope is not a folder that only root can change: /);
    assert.equal(existsSync(agentSocketPath(stage.user.uid)), false);
  });

  it('limits, umask, priority, affinity and signals of the shell that started it mean nothing', async () => {
    const chosen =
      'import os, signal, sys; signal.signal(signal.SIGALRM, signal.SIG_IGN); signal.signal(signal.SIGQUIT, signal.SIG_IGN); os.umask(0o777); os.execvp(sys.argv[1], sys.argv[1:])';
    // Soft limits: only CAP_SYS_RESOURCE can raise the hard ones.
    const limits = ['--fsize=16:', '--nofile=64:', '--memlock=4096:', '--cpu=600:', '--nproc=4000:'];
    const through = [
      ...['prlimit', ...limits, '--', 'nice', '-n', '3', 'ionice', '-c', '2', 'taskset', '-c', '0'],
      ...[python, '-c', chosen],
    ];
    await withAgent(through, async (agent) => {
      const broker = `/proc/${await agent.brokerPid()}`;
      const limitsNow = readFileSync(`${broker}/limits`, 'utf8');
      for (const name of [
        'file size',
        'open files',
        'locked memory',
        'cpu time',
        'processes',
        'core file size',
      ])
        assert.match(limitsNow, new RegExp(`^Max ${name} +(\\S+) +\\1 `, 'm'));
      const status = readFileSync(`${broker}/status`, 'utf8');
      assert.match(status, /^Umask:\s0077$/m);
      // SIGTERM alone, which it reads from a descriptor.
      assert.match(status, /^SigBlk:\s0000000000004000$/m);
      // SIGHUP, SIGINT, SIGPIPE and SIGXFSZ.
      assert.match(status, /^SigIgn:\s0000000001001003$/m);
      const allowed = /^Cpus_allowed_list:\s(.*)$/m;
      assert.equal(allowed.exec(status)?.[1], allowed.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
      assert.equal(readFileSync(`${broker}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[16], '0', 'nice');
      // The served user could do this to his agent.
      await run(['prlimit', `--pid=${agent.pid}`, '--fsize=40:']);
      const pair = await connected('limited');
      await destroy(pair.client.cookie);
      assert.equal(await client.errnoOf('receive', 'limited'), 'ECONNABORTED');
      const lines = auditLines(stage.user.uid, since).filter(({ cookie }) => cookie === pair.client.cookie);
      assert.deepEqual(
        lines.map(({ phase }) => phase),
        ['intent', 'outcome'],
      );
    });
  });

  it('with a file size that root may not raise, no agent starts, and it says what to do', async () => {
    const mayRaise =
      (await run(['prlimit', '--fsize=16', '--', 'prlimit', '--fsize=unlimited', 'true'])).code === 0;
    const started = withAgent(['prlimit', '--fsize=16', '--'], async () => {});
    if (mayRaise) await started;
    else
      await assert.rejects(
        started,
        /The file size is limited \(ulimit -f\).*start again from a shell without it/,
      );
  });

  for (const [what, script, advice] of [
    [
      'a symbolic link',
      'ln -s /etc/hostname audit.log',
      "audit.log is not a file of root's alone: remove it",
    ],
    ['a fifo', 'mkfifo audit.log', "audit.log is not a file of root's alone: remove it"],
    ['a hard link', 'touch other; ln other audit.log', "audit.log is not a file of root's alone: remove it"],
    [
      'a folder of everybody',
      'chmod 777 .',
      'sockscope is not a folder that only root can change: remove it',
    ],
  ] as const)
    it(`${what} in its place: no agent starts, and says what to do`, async () => {
      await assert.rejects(
        withAgent(withOwnLog(script), async () => {}),
        (error: Error) =>
          error.message.includes(`${advice}, then start again`) && !error.message.includes('    at '),
      );
    });

  it('R20: with a full disk, nothing is done, and the connection lives', async () => {
    const fill = 'dd if=/dev/zero of=filler bs=4096 count=1 status=none';
    await withAgent(withOwnLog(fill, 'mode=700,size=8k'), async (agent) => {
      const root = `/proc/${await agent.brokerPid()}/root`;
      const pairs = [];
      for (let number = 0; number < 12; number++) pairs.push(await connected(`full ${number}`));
      let refused = 0;
      for (const [number, pair] of pairs.entries()) {
        const { stderr, stdout } = await destroy(pair.client.cookie);
        const lines = auditLines(stage.user.uid, since, root).filter(
          ({ cookie }) => cookie === pair.client.cookie,
        );
        if (lines.length > 0) continue;
        assert.match(stderr + stdout, /write a line to \/var\/log\/sockscope\/audit.log failed with ENOSPC/);
        await assertEchoes([client, `full ${number}`], [server, `full ${number}`]);
        refused++;
      }
      assert.ok(refused > 2 && refused < 11, `${refused} of 12 refused`);
    });
  });

  it('with a full disk, an act that would be summed up is done only where a line stands before it', async () => {
    await withAgent(withOwnLog(':', 'mode=700,size=8m'), async (agent) => {
      const root = `/proc/${await agent.brokerPid()}/root`;
      const caller = await agent.client();
      const making = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
      for (let port = 0; port < 100; port++) await server.bind(`${port}`, { ...making, port: 24_500 + port });
      await client.bind('other', { ...making, port: 24_600 });
      const targetsOf = async (filter: string) => (await listAll(caller, filter)).sockets.map(targetOf);
      const targets = await targetsOf(`pid:${server.pid} proto:udp`);
      assert.equal(targets.length, 100);
      const reset = (targets: readonly Target[]) => destroyTargets(caller, { targets });
      const hasCommonLine = () =>
        auditLines(stage.user.uid, since, root).some(
          ({ common_s, owner }) => common_s && owner.pid === server.pid,
        );
      for (let round = 0; !hasCommonLine() && round < 25; round++) await reset(targets);
      assert.ok(hasCommonLine());
      const log = `${root}${auditFolder}`;
      assert.throws(() => writeFileSync(`${log}/filler`, Buffer.alloc(16_000_000)), /ENOSPC/);
      // The last page of the log has room.
      assert.throws(() => {
        for (let bytes = 0; bytes < 8192; bytes++) appendFileSync(`${log}/audit.log`, '\n');
      }, /ENOSPC/);
      await assert.rejects(reset(await targetsOf(':24600')), /write a line to .* failed with ENOSPC/);
      assert.equal(await client.pending('other'), null);
      const results = await reset(targets.slice(0, 1));
      assert.deepEqual(
        results.map(({ outcome }) => outcome),
        ['reset'],
      );
    });
  });

  it('the journal gets the act and its outcome, and no remote address', async () => {
    const start = `mount -t tmpfs tmpfs /run/systemd; mkdir -p /run/systemd/journal; ${python} -c '${journal}' & while ! [ -S /run/systemd/journal/socket ]; do sleep 0.05; done`;
    await withAgent(withOwnLog(start), async (agent) => {
      const kept = `/proc/${await agent.brokerPid()}/root${auditFolder}/journal`;
      const pair = await connected('journal');
      await destroy(pair.client.cookie);
      const text = await until('it is in the journal', () => readFileSync(kept, 'utf8') || null);
      const [, port] = pair.client.local;
      assert.match(
        text,
        new RegExp(
          `MESSAGE=destroy, tcp port ${port} of "python3" \\(pid ${client.pid}\\): destroyed, for uid ${stage.user.uid}\n`,
        ),
      );
      for (const field of [
        'SYSLOG_IDENTIFIER=sockscope',
        'SOCKSCOPE_ACT=destroy',
        'SOCKSCOPE_OUTCOME=destroyed',
      ])
        assert.ok(text.split('\n').includes(field), text);
      assert.doesNotMatch(text, new RegExp(`127\\.0\\.0\\.1|\\b${pair.client.remote?.[1]}\\b`));
    });
  });
});
