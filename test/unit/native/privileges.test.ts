/** The table of privileges, as the code has it and as SECURITY.md has it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { constants } from '../../../agent/broker-link/native';
import type { ProcessPrivileges } from '../../../native/index';

type Kept = ProcessPrivileges['capabilities'][number];

function nameOf({ name, onlyWithoutLister }: Kept): string {
  return onlyWithoutLister ? `${name} (without iter/task_file)` : name;
}

function rowOf({ process, uid, capabilities, calls }: ProcessPrivileges): string {
  return `| ${process} | ${uid} | ${capabilities.map(nameOf).join(', ') || 'none'} | ${calls} |`;
}

/** Walkers have the broker's limits. */
function reasonsOf({ process, capabilities, limits }: ProcessPrivileges): string[] {
  const own = process.startsWith('walker') ? [] : limits;
  return [
    ...capabilities.map((kept) => `| ${process} | ${nameOf(kept)} | ${kept.use} |`),
    ...own.map(({ name, value, reason }) => `| ${process} | ${name} ${value ?? 'unlimited'} | ${reason} |`),
  ];
}

describe('privileges', () => {
  it('R20: SECURITY.md has each row of the table, and each reason', () => {
    const text = readFileSync('.github/SECURITY.md', 'utf8');
    const [, section = ''] = text.split('\n## Privileges\n');
    const [own = ''] = section.split('\n## ');
    const rows = own.split('\n').filter((line) => line.startsWith('| ') && !/^\| Process/.test(line));
    assert.deepEqual(rows, [...constants.privileges.map(rowOf), ...constants.privileges.flatMap(reasonsOf)]);
  });

  it('walkers have the limits of the broker', () => {
    const broker = constants.privileges.find(({ process }) => process === 'broker');
    for (const { process, limits } of constants.privileges)
      if (process.startsWith('walker')) assert.deepEqual(limits, broker?.limits);
  });
});
