/** The tasks and debug sessions of this window as supervisors: they are stopped instead of their children. */

import * as vscode from 'vscode';
import type { Supervisor } from '../../agent/client/ports/free-types';
import type { WorkspaceParts } from '../base/workspace-parts';

/** `pids`: a process and its parents, the nearest first. Null: no task or debug session of this window started it. */
export function supervisorIn(workspace: WorkspaceParts, pids: readonly number[]): Supervisor | null {
  for (const pid of pids) {
    const session = workspace.debuggee(pid);
    if (session) return debugSupervisor(rootOf(session));
    const execution = workspace.task(pid);
    if (execution) return taskSupervisor(execution);
  }
  return null;
}

function debugSupervisor(session: vscode.DebugSession): Supervisor {
  return {
    respawn: { kind: 'debug', name: session.name, process: null },
    stop: async () => vscode.debug.stopDebugging(session),
  };
}

function taskSupervisor(execution: vscode.TaskExecution): Supervisor {
  return {
    respawn: { kind: 'task', name: execution.task.name, process: null },
    stop: async () => execution.terminate(),
  };
}

/** Some debuggers have a session for each process below the one that was started. */
export function rootOf(session: vscode.DebugSession): vscode.DebugSession {
  return session.parentSession ? rootOf(session.parentSession) : session;
}
