import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSessionCarrier } from '../../../../agent/system/session-carriers';
import { namedOwner } from '../../../helpers/known';

const mine = { ownPids: [], served: 1000 };
const carries = (name: string, command: string) => isSessionCarrier(namedOwner(name, 42, { command }), mine);

describe('a session carrier', () => {
  it("is a user's service manager, which holds the sockets of socket units", () => {
    assert.equal(carries('systemd', '/lib/systemd/systemd --user'), true);
    assert.equal(carries('nginx', 'nginx: master process'), false);
  });

  it('is a process of the editor that serves extensions or forwards ports', () => {
    const utility = '--type=utility --utility-sub-type=node.mojom.NodeService';
    assert.equal(carries('code', `/usr/share/code/code ${utility} --lang=en`), true);
    assert.equal(carries('MainThread', '/opt/node /opt/out/bootstrap-fork --type=ptyHost'), true);
  });

  it("is root's or the served user's, or anybody's where every socket is in scope", () => {
    const sshdOf = (uid: number) => namedOwner('sshd', 42, { command: 'sshd: ann@pts/1', uid });
    assert.deepEqual(
      [0, 1000, 2000].map((uid) => isSessionCarrier(sshdOf(uid), mine)),
      [true, true, false],
    );
    assert.equal(isSessionCarrier(sshdOf(2000), { ...mine, served: null }), true);
    assert.equal(isSessionCarrier(sshdOf(2000), { ...mine, ownPids: [42] }), true);
  });

  it('is no program of the developer', () => {
    const utility = '--type=utility --utility-sub-type=node.mojom.NodeService';
    assert.equal(carries('app', `/home/ann/app/electron ${utility}`), false);
    assert.equal(carries('code', '/usr/share/code/code server.js'), false);
  });
});
