/** The order of sockets to choose from. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ownFirst } from '../../../../extension/tree/sockets';
import { owner, socket } from '../../../helpers/sockets';

describe('sockets to choose from', () =>
  it('begin with those of the user, and end with those that no process is seen of', () => {
    const of = (uid: number, ...pids: number[]) =>
      socket('127.0.0.1:1', '127.0.0.1:2', { uid, owners: pids.map((pid) => owner('node', pid)) });
    const [orphan, others, own, next, hidden] = [of(1000), of(0, 7), of(1000, 8), of(1000, 9), of(0)];
    assert.deepEqual(ownFirst([orphan, others, own, next, hidden], 1000), [
      own,
      next,
      others,
      orphan,
      hidden,
    ]);
  }));
