/** What answers the tools in this window: the agent, else the observer. */

import * as vscode from 'vscode';
import type { ToolConnection, ToolHost } from '../../agent/client/tools/tool';
import type { WorkspaceParts } from '../base/workspace-parts';
import type { Connection } from '../connection/connection';
import type { Context } from '../context';
import { supervisorIn } from '../ports/window-supervisors';

export function toolHost({ link }: Context, workspace: WorkspaceParts): ToolHost {
  /** Keeps it open until it is closed. */
  const held = async <Found extends Connection | undefined>(
    connect: () => Promise<Found>,
  ): Promise<ToolConnection | (Found & undefined)> => {
    const hold = link.hold();
    try {
      const connection = await connect();
      if (connection) return connectionOf(connection, hold);
      hold.dispose();
      return connection as Found & undefined;
    } catch (error) {
      hold.dispose();
      throw error;
    }
  };
  const noAgent = () =>
    new Error(vscode.l10n.t('No agent runs. Start Agent, in the Sockscope view, starts one.'));
  const connect = async () => {
    await workspace.tasksKnown();
    return link.connect();
  };
  const agent = () => held(() => link.agent());
  return {
    netns: null,
    toSee: () => held(connect),
    toTry: () => held(connect),
    toDrill: async () => {
      const found = await agent();
      if (found) return found;
      throw noAgent();
    },
    findAgent: async () => (await agent()) ?? null,
    noAgent,
    supervisorOf: (pids) => supervisorIn(workspace, pids),
  };
}

function connectionOf(connection: Connection, hold: vscode.Disposable): ToolConnection {
  return {
    info: connection.info,
    request: (type, params, token) => connection.request(type, params, token),
    close: () => hold.dispose(),
  };
}
