/**
 * The only Markdown of the extension. Untrusted names stand in a code block of an untrusted string; the trusted string
 * with the links contains only numbers and fixed texts.
 */

import * as vscode from 'vscode';
import { commands } from '../../base/ids';
import { hintText, isBusy, type PortFacts } from '../port-facts';

const t = vscode.l10n.t;

export function portHover(port: number, facts: PortFacts, range: vscode.Range): vscode.Hover {
  const links = isBusy(facts) ? [whyLink(port), freeLink(port)] : [whyLink(port)];
  return new vscode.Hover([codeBlock(hintText(t, port, facts)), linked(links)], range);
}

/** `text`: one line, so that it cannot end the block. */
function codeBlock(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendCodeblock(text, 'plaintext');
}

function linked(links: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(links.join(' · '));
  markdown.isTrusted = { enabledCommands: [commands.whyBusy, commands.freePort] };
  return markdown;
}

function whyLink(port: number): string {
  return commandLink(
    t('Why'),
    commands.whyBusy,
    port,
    t('Shows the holders of this port and the results of trial binds'),
  );
}

function freeLink(port: number): string {
  return commandLink(t('Free'), commands.freePort, port, t('Shows a plan first, and asks'));
}

function commandLink(text: string, command: string, port: number, title: string): string {
  return `[${text}](command:${command}?${encodeURIComponent(JSON.stringify([port]))} "${title}")`;
}
