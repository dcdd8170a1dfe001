/** `sockscope why PORT [--udp] [--net NAME] [--json]`: what holds a port, and the results of trial binds. */

import type { Client } from '../../client/connect';
import { explainAsUser } from '../../client/ports/explain-port';
import type { PortAnswer } from '../../client/ports/free-types';
import { readArguments } from '../arguments';
import { connectToSee, serveCommand } from '../connect';
import { Exit } from '../exit';
import { printJson } from '../output';
import { portOptions, readPort, readPortParams } from '../port-arguments';
import { printAnswer } from '../port-output';

export async function why(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, portOptions);
  const port = readPort(positionals);
  const client = await connectToSee('once');
  try {
    const answer = await explainAsUser(client, await readPortParams(client, port, values));
    const message = agentHint(client, answer);
    if (values.json) printJson(toJson(answer, message));
    else {
      printAnswer(answer, values);
      if (message) console.error(message);
    }
    return Exit.ok;
  } finally {
    client.close();
  }
}

/** Null: an agent would add nothing. */
function agentHint({ info }: Client, { free }: PortAnswer): string | null {
  if (info.mode !== 'observer' || free) return null;
  return `Without the agent only your own processes are named, in your network namespace. It sees more: ${serveCommand()}`;
}

function toJson({ port, protocol, netns, free, binds, holders }: PortAnswer, message: string | null): object {
  return { port, protocol, netns, free, binds, holders, ...(message === null ? {} : { message }) };
}
