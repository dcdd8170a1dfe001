/** What `sockscope why` says that `free` would do with a holder. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remedyText } from '../../../../agent/cli/port-output';
import type { PortHolder, Remedy } from '../../../../agent/protocol';
import { owner, socket } from '../../../helpers/sockets';

const one = socket('127.0.0.1:3000', null);
const nodemon: PortHolder['respawn'] = {
  kind: 'watcher',
  name: 'nodemon',
  process: { pid: 41, startTime: '1' },
};

function said(remedy: Remedy, more: Partial<PortHolder> = {}): string | null {
  return remedyText({ remedy, respawn: null, owners: [owner('node', 42)], sockets: [one], ...more });
}

describe('what free would do with a holder', () => {
  it('is said of one and of several', () => {
    assert.equal(said('signal'), 'free would send SIGTERM to its process');
    const owners = [owner('node', 42), owner('node', 43)];
    assert.equal(said('signal', { owners }), 'free would send SIGTERM to its processes');
    assert.equal(said('signal', { owners: [] }), 'free would send SIGTERM to its process');
    assert.equal(said('destroy'), 'free would destroy it');
    assert.equal(said('destroy', { sockets: [one, one] }), 'free would destroy them');
  });

  it('names what would start it again', () => {
    const respawn = nodemon;
    assert.equal(
      said('stop-supervisor', { respawn }),
      'free would stop watcher "nodemon" (pid 41), which would start it again',
    );
    assert.equal(
      said('none', { respawn }),
      'free would leave it alone: watcher "nodemon" (pid 41) would start it again',
    );
    const container: PortHolder['respawn'] = {
      kind: 'container',
      name: 'web',
      runtime: 'podman',
      process: null,
    };
    assert.equal(said('stop-container', { respawn: container }), 'free would stop container "web" of podman');
  });

  it('is nothing where nothing would help', () => assert.equal(said('none'), null));
});
