/** The terminal of commands that sudo runs. It closes when they have ended, but not before its user has read why one failed. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { programPath } from '../../agent/client/program-path';
import { ownUid } from '../../agent/client/served-uid';
import { closedText } from '../../agent/client/start-problem';
import { copyOf, isRoot } from '../base/sudo';
import { NotStarted } from '../context';
import { agentScript, forRoot, shellText } from './launch-command';

const t = vscode.l10n.t;

/** Interval of checks while the terminal waits for a password. */
const pollMs = 300;

/** Of sudo that has run nothing; what it has run, and what then failed, ends with another one (StartExit). */
const sudoRefuses = 1;

/** Of what is done in it, for its user. */
interface Purpose {
  /** Why it is done, shown above the command. */
  readonly reason: string;
  /** `The agent was not started`, without a full stop. */
  readonly failure: string;
}

export class AgentTerminal implements vscode.Disposable {
  static #left: vscode.Terminal | undefined;
  readonly terminal: vscode.Terminal;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sockscope-'));
  readonly #commands: readonly (readonly string[])[];
  readonly #failure: string;
  /** The editor could open it. */
  #ran = false;

  /** The terminal of an earlier failure is closed. */
  constructor(commands: readonly (readonly string[])[], { reason, failure }: Purpose) {
    AgentTerminal.#left?.dispose();
    AgentTerminal.#left = undefined;
    this.#commands = commands;
    this.#failure = failure;
    const why = isRoot() ? reason : `${reason} ${t('So sudo asks for your password now.')}`;
    this.terminal = vscode.window.createTerminal({
      name: t('Sockscope agent'),
      iconPath: new vscode.ThemeIcon('key'),
      shellPath: '/bin/sh',
      shellArgs: [
        ...['-c', agentScript, 'sh', this.#mark, t('Press Enter to close this terminal.')],
        ...['/bin/sh', '-c', shellText(commands.map(byPath))],
      ],
      isTransient: true,
      message: `${inLines(why)}\r\n\x1b[1m${shellText(commands)}\x1b[0m\r\n`,
    });
    void this.terminal.processId.then((pid) => {
      this.#ran = pid !== undefined;
    });
    this.terminal.show();
  }

  /** Resolves with the first answer to `ask`. Rejects with NotStarted when the commands have failed or the terminal is closed without any. */
  until<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout;
      const finish = () => {
        clearTimeout(timer);
        closed.dispose();
      };
      const check = async (failed: NotStarted | undefined) => {
        const answer = await ask();
        if (answer === undefined && !failed) {
          if (this.terminal.exitStatus === undefined) timer = setTimeout(poll, pollMs);
          return;
        }
        finish();
        if (answer === undefined) reject(failed);
        else resolve(answer);
      };
      const poll = () => check(this.#hasFailed ? this.#failed() : undefined);
      const closed = vscode.window.onDidCloseTerminal(
        (one) => one === this.terminal && void check(this.#closedEarly()),
      );
      timer = setTimeout(poll, pollMs);
    });
  }

  /** Leaves the terminal itself open. */
  dispose(): void {
    if (this.#hasFailed) AgentTerminal.#left = this.terminal;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The commands have failed, and the terminal shows why. */
  get #hasFailed(): boolean {
    return this.#exitCode > 0;
  }

  /** Of the command that has failed; 0: none has. */
  get #exitCode(): number {
    return existsSync(this.#mark) ? Number(readFileSync(this.#mark, 'utf8')) : 0;
  }

  /** A file that the script makes. */
  get #mark(): string {
    return join(this.#folder, 'failed');
  }

  #failed(): NotStarted {
    const says = t('{0}: its terminal says why.', this.#failure);
    if (closedText() === '')
      return this.#exitCode === sudoRefuses ? this.#refused(says) : new NotStarted(says);
    const advice = t(
      'Files of Sockscope lie on NFS, where root may not be able to read them (root_squash). The command installs a copy that it can read; it needs Node.js 20 or newer.',
    );
    return new NotStarted(`${says} ${advice}`, copyOf(t, shellText(this.#commands), 'closed'));
  }

  /** A wrong password is more likely, so what helps without a rule of sudo's comes second. */
  #refused(says: string): NotStarted {
    if (isRoot()) return new NotStarted(says);
    const copied = copyOf(t, shellText(this.#commands.map((command) => forRoot(command, ownUid()))));
    const advice = t('If you may not use sudo, have root run the command.');
    return new NotStarted(`${says} ${advice}`, copied && { ...copied, isSecond: true });
  }

  /** By its user, or by the editor, which could not open it. */
  #closedEarly(): NotStarted {
    if (this.#ran) return new NotStarted(t('{0}: its terminal was closed.', this.#failure));
    const why = vscode.workspace.isTrusted
      ? t('the editor could not open its terminal. Run the command in another one.')
      : t(
          'the editor opened no terminal in Restricted Mode. Trust the workspace, or run the command in another terminal.',
        );
    return new NotStarted(`${this.#failure}: ${why}`, copyOf(t, shellText(this.#commands)));
  }
}

/** Whatever PATH is in the terminal. */
function byPath([name = '', ...words]: readonly string[]): readonly string[] {
  return [programPath(name) ?? name, ...words];
}

/** For a terminal, which breaks lines within words. */
function inLines(text: string): string {
  return text.replace(/(.{1,78})(?: +|$)/g, '$1\r\n');
}
