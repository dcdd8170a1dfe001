/** `sockscope mcp [--allow-destructive] [--command-lines] [--yes]`: tools for language models. Its server is loaded by this verb alone. */

import type { ToolHost } from '../../client/tools/tool';
import { ownNamespace } from '../../common/own-namespace';
import { readArguments } from '../arguments';
import { connectToAct, connectToSee, connectToTry, findAgent, noAgent } from '../connect';
import { CommandError, Exit } from '../exit';
import { printNotice } from '../output';
import { mcp as syntax } from '../syntax/mcp';
import { inTerminalWords } from '../terminal-words';

const host: ToolHost = {
  netns: ownNamespace(),
  toSee: () => connectToSee('once'),
  toTry: connectToTry,
  toDrill: () => connectToAct('watching'),
  findAgent,
  noAgent,
  supervisorOf: () => null,
};

export async function mcp(words: string[]): Promise<Exit> {
  const { values } = readArguments(words, syntax);
  const allowDestructive = values['allow-destructive'];
  if (values.yes && !allowDestructive)
    throw new CommandError(Exit.usage, '--yes goes with --allow-destructive: without it nothing acts');
  if (process.stdin.isTTY)
    printNotice('Waits for a client of the Model Context Protocol on standard input; Ctrl-D ends it.');
  const { serveMcp } = await import('../../mcp/server');
  await serveMcp(host, {
    allowDestructive,
    asksNothing: values.yes,
    commandLines: values['command-lines'],
    words: inTerminalWords,
  });
  return Exit.ok;
}
