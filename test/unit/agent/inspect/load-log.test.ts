/** Why a part of the broker is not loaded, read from its log. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { reasonText } from '../../../../agent/inspect/load-log';

it('each part has its own reason, in one line, without its name and what libbpf said', () => {
  const log = [
    'destroy: load destroy: Invalid argument',
    'libbpf: prog x: failed to load',
    'hooks: find a cgroup2 mount: No such file or directory',
    'sock_diag_destroy: SOCK_DESTROY: Operation not supported',
    '',
  ].join('\n');
  assert.equal(reasonText(log, 'destroy'), 'load destroy: Invalid argument');
  assert.equal(reasonText(log, 'hooks'), 'find a cgroup2 mount: No such file or directory');
  assert.equal(reasonText(log, 'sock_diag_destroy'), 'SOCK_DESTROY: Operation not supported');
  assert.equal(reasonText(log, 'events'), '');
});
