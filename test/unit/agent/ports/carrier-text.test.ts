/** What is left alone has a reason of its own, by the program that carries sessions. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { carrierText } from '../../../../agent/ports/carrier-text';
import { owner } from '../../../helpers/sockets';

const cases: readonly [name: string, command: string, text: RegExp][] = [
  ['systemd', '/lib/systemd/systemd --user', /^a service manager is left alone$/],
  ['sshd', 'sshd: me@pts/0', /remote logins in, or forwards for one \(ssh -R, X11\)/],
  ['sshd-session', 'sshd-session: me@notty', /remote logins in/],
  ['dropbear', '/usr/sbin/dropbear -p 2222', /remote logins in/],
  [
    'code',
    '/usr/share/code/code --type=utility --utility-sub-type=node.mojom.NodeService',
    /^the editor forwards the port, which ends in its Ports view/,
  ],
  ['node', '/h/.vscode-server/bin/x/node /h/x/out/server-main.js --port=0', /^it is the editor's own/],
  ['node', '/h/node /h/out/bootstrap-fork --type=extensionHost', /^it is the editor's own/],
  ['tailscaled', '/usr/sbin/tailscaled', /^it carries an editor, remote-login or agent session/],
];
for (const [name, command, text] of cases)
  it(`${command} is told by itself`, () => {
    assert.match(carrierText([owner(name, 42, { command })]), text);
  });
