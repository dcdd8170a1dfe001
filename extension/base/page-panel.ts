/** Panels of webviews whose page is in dist/. */

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { PageSources } from './page';

/** Lets the panel load the script and the style of this name, and nothing else. What its page is made of. */
export function preparePanel(
  { extensionUri }: vscode.ExtensionContext,
  panel: vscode.WebviewPanel,
  name: string,
): PageSources {
  const dist = vscode.Uri.joinPath(extensionUri, 'dist');
  const { webview } = panel;
  const file = (end: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, `${name}.${end}`)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [dist] };
  panel.iconPath = vscode.Uri.joinPath(extensionUri, 'extension', 'media', 'icon.png');
  return {
    language: vscode.env.language,
    script: file('js'),
    style: file('css'),
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('hex'),
  };
}
