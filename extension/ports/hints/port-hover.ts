/**
 * The one place that makes Markdown, in which untrusted names could act: they stand in a code block, in a string without
 * any trust, and the string with the links has nothing in it but numbers and our own words.
 */

import * as vscode from 'vscode';
import { commands } from '../../base/ids';
import { hintText, isBusy, type PortFacts } from '../port-facts';

const t = vscode.l10n.t;

export function portHover(port: number, facts: PortFacts, range: vscode.Range): vscode.Hover {
  const links = isBusy(facts) ? [whyLink(port), freeLink(port)] : [whyLink(port)];
  return new vscode.Hover([said(hintText(t, port, facts)), linked(links)], range);
}

/** One line, as hintText makes it: it cannot end the block. */
function said(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendCodeblock(text, 'plaintext');
}

function linked(links: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(links.join(' · '));
  markdown.isTrusted = { enabledCommands: [commands.whyBusy, commands.freePort] };
  return markdown;
}

function whyLink(port: number): string {
  return commandLink(t('Why'), commands.whyBusy, port, t('Who holds this port, and what a bind says'));
}

function freeLink(port: number): string {
  return commandLink(t('Free'), commands.freePort, port, t('Shows a plan first, and asks'));
}

function commandLink(text: string, command: string, port: number, title: string): string {
  return `[${text}](command:${command}?${encodeURIComponent(JSON.stringify([port]))} "${title}")`;
}
