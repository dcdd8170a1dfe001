/**
 * Uids and gids that something on this machine has. Accounts are read from the files: other user databases would load their code
 * into this process, and may wait for a network; they give no account an id of systemd's dynamic range.
 */

import { readFileSync } from 'node:fs';
import { threadIds } from '../broker-link/native';
import type { IdRange } from '../common/user-namespace';

/** Those of user databases, of subordinate ranges, and of processes, hidden ones too where root asks. */
export async function idsInUse(range: IdRange): Promise<Set<number>> {
  const { buffer, byteOffset, byteLength } = await threadIds();
  return new Set([
    ...accountIds(readText('/etc/passwd'), readText('/etc/group')),
    ...subordinateIds(readText('/etc/subuid') + readText('/etc/subgid'), range),
    ...new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT),
  ]);
}

/** Uids and gids of accounts, and gids of groups. */
export function accountIds(passwd: string, group: string): number[] {
  const users = fieldsOf(passwd).flatMap(([, , uid, gid]) => [uid, gid]);
  const groups = fieldsOf(group).map(([, , gid]) => gid);
  return [...users, ...groups].flatMap((id) => (id && /^\d+$/.test(id) ? [Number(id)] : []));
}

/** Of the range, those that rootless containers of some user may have. */
export function subordinateIds(text: string, { first, last }: IdRange): number[] {
  const ids: number[] = [];
  for (const [, start, count] of fieldsOf(text)) {
    const begin = Math.max(first, Number(start));
    const end = Math.min(last, Number(start) + Number(count) - 1);
    for (let id = begin; id <= end; id++) ids.push(id);
  }
  return ids;
}

function fieldsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/** Empty where there is none. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
