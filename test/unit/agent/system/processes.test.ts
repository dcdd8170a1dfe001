/** What carries a session is asked once for each program, and again while it is new. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
const fresh = { ...namedOwner('node', 4_194_313), startTime: soon };

describe('carriers among the owners of sockets', () => {
  it('are asked for once, however many sockets they have; a new process again', async () => {
    const { processes, asked } = processesOf([old.pid]);
    const sockets = [{ owners: [old, plain] }, { owners: [old, fresh] }, { owners: [] }];
    const scan = async () => {
      processes.keepOnly(sockets);
      await processes.learn(processes.unread(sockets));
      return [old, plain, fresh].map((owner) => processes.carriesSession(owner));
    };
    assert.deepEqual(await scan(), [true, false, false]);
    assert.deepEqual(await scan(), [true, false, false]);
    assert.deepEqual(asked, [[old.pid, plain.pid, fresh.pid], [fresh.pid]]);
  });

  it('are asked for again under another name', async () => {
    const { processes, asked } = processesOf([old.pid]);
    const renamed = { ...old, name: 'other' };
    for (const owner of [old, renamed, old])
      await processes
        .learn(processes.unread([{ owners: [owner] }]))
        .then(() => processes.carriesSession(owner));
    assert.deepEqual(asked, [[old.pid], [old.pid]]);
  });

  it('learned by two scans at the same time are not lost', async () => {
    const { processes } = processesOf([old.pid, plain.pid]);
    await Promise.all([processes.learn([old]), processes.learn([plain])]);
    assert.deepEqual([processes.carriesSession(old), processes.carriesSession(plain)], [true, true]);
  });
});
