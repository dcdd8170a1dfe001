/** What carries a session is asked once for each program, and again while it is new. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { parentOf } from '../../../../agent/system/process-stat';
import { Processes } from '../../../../agent/system/processes';
import { namedOwner } from '../../../helpers/known';

/** Owners are asked about by their pids; those in `carriers` carry a session. */
function processesOf(carriers: readonly number[]) {
  const asked: (readonly number[])[] = [];
  const processes = new Processes(
    async (pids) => pids.map(() => null),
    async (pids) => {
      asked.push(pids);
      return pids.map((pid) => carriers.includes(pid));
    },
  );
  return { processes, asked };
}

const soon = String(2 ** 40); // a start time that is not past, so that the process is new
const old = { ...namedOwner('sshd', 4_194_311), startTime: '1' };
const plain = { ...namedOwner('node', 4_194_312), startTime: '1' };
const self = { ...namedOwner('node', process.pid), startTime: '1' }; // it has a command line
const fresh = { ...namedOwner('node', 4_194_313), startTime: soon };

describe('carriers among the owners of sockets', () => {
  it('are asked for once, however many sockets they have; a new process again', async () => {
    const { processes, asked } = processesOf([old.pid]);
    const programs = [old, plain, fresh];
    const scan = async () => {
      processes.beginScan();
      await processes.learn(processes.unread(programs));
      return programs.map((owner) => processes.program(owner).carriesSession);
    };
    assert.deepEqual(await scan(), [true, false, false]);
    assert.deepEqual(await scan(), [true, false, false]);
    assert.deepEqual(asked, [[old.pid, plain.pid, fresh.pid], [fresh.pid]]);
  });

  it('are asked for again under another name', async () => {
    const { processes, asked } = processesOf([old.pid]);
    const renamed = { ...old, name: 'other' };
    for (const owner of [old, renamed, old])
      await processes.learn(processes.unread([owner])).then(() => processes.program(owner).carriesSession);
    assert.deepEqual(asked, [[old.pid], [old.pid]]);
  });

  it('are forgotten when no scan has named them for ten seconds and many have come since', async (t) => {
    let now = 1000;
    t.mock.method(performance, 'now', () => now);
    const { processes, asked } = processesOf([]);
    const scan = async (owners: (typeof old)[]) => {
      processes.beginScan();
      await processes.learn(processes.unread(owners));
      for (const owner of owners) processes.program(owner);
    };
    for (let pid = 5_000_000; pid < 5_010_000; pid += 100, now += 1000)
      await scan([self, ...Array.from({ length: 100 }, (_, at) => ({ ...plain, pid: pid + at }))]);
    const isKnown = (pid: number) => processes.unread([{ ...plain, pid }]).length === 0;
    const known = Array.from({ length: 10_000 }, (_, at) => 5_000_000 + at).filter(isKnown);
    assert.ok(known.length < 3000, `${known.length} of 10,000`);
    assert.equal(asked.flat().filter((pid) => pid === self.pid).length, 1, 'one that is always named stays');
  });

  it('are read again after ten seconds where there was no command line', async (t) => {
    let now = 1000;
    t.mock.method(performance, 'now', () => now);
    const { processes, asked } = processesOf([]);
    for (; now < 30_000; now += 2000) {
      processes.beginScan();
      await processes.learn(processes.unread([old]));
      assert.equal(processes.program(old).command, '');
    }
    assert.equal(asked.length, 3, 'at 1, 13 and 25 s');
  });

  it('learned by two scans at the same time are not lost', async () => {
    const { processes } = processesOf([old.pid, plain.pid]);
    await Promise.all([processes.learn([old]), processes.learn([plain])]);
    assert.deepEqual(
      [old, plain].map((one) => processes.program(one).carriesSession),
      [true, true],
    );
  });
});

/** Forks 70 times, each the child of the one before; the last prints its pid. All end with their standard input. */
const forks = `
import os, sys
for _ in range(70):
    if os.fork():
        os.wait()
        os._exit(0)
print(os.getpid(), flush=True)
sys.stdin.read()
`;

describe('the processes above one', () => {
  it('are read up to the 64th, however many there are', async () => {
    const first = spawn('python3', ['-c', forks], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(createInterface({ input: first.stdout }), 'line')) as [string];
      const pid = Number(line);
      const { processes } = processesOf([]);
      const lineage = processes.lineage({ ...plain, pid });
      assert.equal(lineage.length, 64);
      const parents = lineage.map((one) => parentOf(one));
      assert.deepEqual([pid, ...parents.slice(0, -1)], lineage);
      assert.ok(!lineage.includes(first.pid ?? 0));
    } finally {
      first.stdin.end();
      await once(first, 'exit');
    }
  });

  it('are all there are, where they are fewer', () => {
    const lineage = processesOf([]).processes.lineage({ ...self });
    assert.deepEqual(lineage.slice(0, 2), [process.pid, process.ppid]);
    assert.equal(parentOf(lineage.at(-1) ?? 0), 0);
  });
});
