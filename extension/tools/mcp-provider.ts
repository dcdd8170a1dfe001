/** Offers `sockscope mcp` to the editor, for what takes tools from MCP servers alone. */

import { join } from 'node:path';
import * as vscode from 'vscode';
import { version } from '../../agent/common/version';
import { mcpProviderId, settings } from '../base/ids';
import type { Context } from '../context';

export function activate(context: Context): void {
  // Editors that are made from VS Code may lack it.
  if (!vscode.lm?.registerMcpServerDefinitionProvider) return;
  const changed = context.disposables.add(new vscode.EventEmitter<void>());
  const wanted = [settings.toolsMcpServer, settings.toolsAllowDestructive, settings.toolsCommandLines];
  context.disposables.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (wanted.some((setting) => event.affectsConfiguration(setting))) changed.fire();
    }),
  );
  context.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()));
  context.disposables.add(
    vscode.lm.registerMcpServerDefinitionProvider(mcpProviderId, {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () =>
        definitions(join(context.extension.extensionPath, 'dist', 'sockscope.js')),
    }),
  );
}

function definitions(program: string): vscode.McpStdioServerDefinition[] {
  const configuration = vscode.workspace.getConfiguration();
  if (configuration.get(settings.toolsMcpServer) !== true) return [];
  const acts = configuration.get(settings.toolsAllowDestructive) === true && vscode.workspace.isTrusted;
  const givesLines = configuration.get(settings.toolsCommandLines) === true;
  const words = [...(acts ? ['--allow-destructive'] : []), ...(givesLines ? ['--command-lines'] : [])];
  const environment = { ELECTRON_RUN_AS_NODE: '1' };
  return [
    new vscode.McpStdioServerDefinition(
      'Sockscope',
      process.execPath,
      [program, 'mcp', ...words],
      environment,
      [version, ...words].join(' '),
    ),
  ];
}
