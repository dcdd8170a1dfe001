/** Why a socket that carries sessions is left alone, by the program that holds it. Pure. */

import { basename } from 'node:path';
import type { Owner } from '../protocol';

const byProgram: readonly (readonly [RegExp, string])[] = [
  [/^systemd$/, 'a service manager is left alone'],
  [
    /^(sshd(-session|-auth|\.pam)?|dropbear|dropbearmulti)$/,
    'it lets remote logins in, or forwards for one (ssh -R, X11) until that ends, and is left alone',
  ],
  [
    /^(code|code-insiders|code-oss|codium|cursor|windsurf)$/,
    'the editor forwards the port, which ends in its Ports view, or an extension serves there; it is left alone',
  ],
];

/** Programs of a server of VS Code run by Node: only their arguments name them. */
const serverOfEditor =
  /\/(server-main|bootstrap-fork)(\.js)?( |$)|--type=(extensionHost|ptyHost)\b|code-tunnel/;

/** A clause, without a full stop. */
export function carrierText(owners: readonly Owner[]): string {
  for (const { name, command } of owners) {
    const program = basename(command.split(' ')[0] ?? '').replace(/:$/, '');
    const known = byProgram.find(([names]) => names.test(program) || names.test(name));
    if (known) return known[1];
    if (serverOfEditor.test(command))
      return "it is the editor's own, or an extension serves there: it ends with the editor's window, and is left alone";
  }
  return 'it carries an editor, remote-login or agent session and is left alone';
}
