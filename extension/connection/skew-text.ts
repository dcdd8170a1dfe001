/** What is said of an agent or observer with another protocol number. */

import * as vscode from 'vscode';
import { skewOf, thisSide } from '../../agent/client/version-skew';
import { type AgentInfo, sideOf } from '../../agent/protocol';
import { plain } from '../base/text';

/** Null: this extension and the agent understand each other. */
export function agentSkewText(info: AgentInfo): string | null {
  if (skewOf(info) === null) return null;
  const agent = sideOf(info);
  const versions = [plain(agent.version), agent.protocol, thisSide.version, thisSide.protocol];
  return agent.protocol > thisSide.protocol
    ? vscode.l10n.t(
        'Update this extension, or restart the agent: version {0} (protocol {1}) runs, version {2} (protocol {3}) is here.',
        ...versions,
      )
    : vscode.l10n.t(
        'Restart the agent: version {0} (protocol {1}) runs, version {2} (protocol {3}) is here.',
        ...versions,
      );
}

/** The observer's program is this extension's own: it was replaced while the extension ran. Null: they understand each other. */
export function observerSkewText(info: AgentInfo): string | null {
  if (skewOf(info) === null) return null;
  return vscode.l10n.t(
    'Sockscope was updated to version {0}: reload the window.',
    plain(sideOf(info).version),
  );
}
