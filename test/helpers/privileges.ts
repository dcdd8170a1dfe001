/** A running process compared with its row in the table of privileges (native/src/shared/privileges.h). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from '../../agent/broker-link/native';
import type { ProcessPrivileges } from '../../native/index';
import { capabilitySet, type ThreadRights, threadRights } from './threads';

export function rowOf(process: string): ProcessPrivileges {
  const row = constants.privileges.find((each) => each.process === process);
  assert.ok(row, process);
  return row;
}

/** As in /proc/PID/status, on a kernel that has iter/task_file. */
function setOf({ capabilities }: ProcessPrivileges): string {
  const kept = capabilities.filter(({ onlyWithoutLister }) => !onlyWithoutLister);
  return capabilitySet(...kept.map(({ number }) => number));
}

function idsOfRow({ uid }: ProcessPrivileges, own: number): Pick<ThreadRights, 'Uid' | 'Gid'> {
  const id = uid === 'root' ? 0 : own;
  const ids = `${id} ${id} ${id} ${id}`;
  return { Uid: ids, Gid: ids };
}

/**
 * Every thread of it, and its limits. `own`: the uid where the row names no other. The bounding set bounds what an exec would
 * give, and there is none: that of Node's threads is as it was, and that of walkers the broker's, who may not lower it.
 */
export function assertPrivileges(pid: number, process: string, own = 0): void {
  const row = rowOf(process);
  const capabilities = setOf(row);
  for (const { CapBnd, Groups, ...rights } of threadRights(pid)) {
    assert.deepEqual(
      rights,
      {
        ...idsOfRow(row, own),
        CapInh: capabilitySet(),
        CapPrm: capabilities,
        CapEff: capabilities,
        CapAmb: capabilitySet(),
        NoNewPrivs: '1',
        Seccomp: '2',
      },
      process,
    );
    if (row.uid === 'root') assert.equal(CapBnd, setOf(rowOf('broker')), process);
    else assert.equal(Groups, '', process);
  }
  assertLimits(pid, row);
}

const sysResource = 24;

/** Soft and hard. */
function limitsOf(pid: number, name: string): number[] {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
  const found = new RegExp(`^Max ${name} +(\\S+) +(\\S+)`, 'm').exec(text) ?? [];
  return found.slice(1).map((value) => (value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value)));
}

/** Without CAP_SYS_RESOURCE, as in many containers, root may not raise a hard limit: then that one is used up. */
function assertLimits(pid: number, { process: name, limits }: ProcessPrivileges): void {
  const own = BigInt(`0x${threadRights(process.pid)[0]?.CapEff}`);
  const mayRaise = (own >> BigInt(sysResource)) & 1n;
  for (const { name: limit, value } of limits) {
    const stated = value ?? Number.POSITIVE_INFINITY;
    const [, hard = 0] = limitsOf(process.pid, limit);
    const expected = mayRaise ? stated : Math.min(stated, hard);
    assert.deepEqual(limitsOf(pid, limit), [expected, expected], `${name}: ${limit}`);
  }
}
