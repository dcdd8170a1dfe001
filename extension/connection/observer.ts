/** The observer: the agent's program as an unprivileged child process, connected over its standard streams. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { plain } from '../base/text';
import { Connection } from './connection';
import { observerSkewText } from './skew-text';
import { StartFailure, startCauseOf } from './start-failure';

/** Time between the end of its input and SIGKILL. */
const killAfterMs = 3000;

export async function startObserver(program: string, log: vscode.LogOutputChannel): Promise<Connection> {
  if (!existsSync(program))
    throw new StartFailure(
      vscode.l10n.t(
        'The agent program is missing: {0}. Install Sockscope again, or build it with npm run build.',
        program,
      ),
      'incomplete',
    );
  const child = spawn(process.execPath, [program, 'observe'], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: 'pipe',
  });
  child.on('error', (error) => log.error(`observer: ${error.message}`));
  child.on('exit', (code, signal) => log.info(`observer ended: ${signal ?? code}`));
  child.stdin.on('error', () => {}); // EPIPE: the exit above says more
  let said = '';
  createInterface(child.stderr).on('line', (line) => {
    said = plain(line, 2000);
    log.info(`observer: ${said}`);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const streams = { reader: child.stdout, writer: child.stdin, end: () => end(child) };
  const connection = await Connection.over(streams, vscode.l10n.t('Sockscope observer'), log).catch(
    async (error) => {
      if (error instanceof StartFailure) throw error;
      const cause = startCauseOf(await ended);
      throw cause === '' ? error : new StartFailure(said, cause);
    },
  );
  const skew = observerSkewText(connection.info);
  if (skew === null) return connection;
  connection.dispose();
  throw new Error(skew);
}

function end(child: ChildProcessWithoutNullStreams): void {
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  child.once('exit', () => clearTimeout(timer));
  if (child.exitCode !== null || child.signalCode !== null) clearTimeout(timer);
}
