/** `sockscope why [ADDRESS:]PORT [--udp] [--net NAME] [--json]`: what holds a port, and the results of trial binds. */

import type { Client } from '../../client/connect';
import { explainAsUser } from '../../client/ports/explain';
import type { Explanation } from '../../client/ports/free-types';
import { serveCommand } from '../../client/ports/next-steps';
import { readArguments } from '../arguments';
import { connectToSee } from '../connect';
import { Exit } from '../exit';
import { printJson, printNotice } from '../output';
import { readPort, readPortParams } from '../port-arguments';
import { printExplanation } from '../port-output';
import { why as syntax } from '../syntax/ports';

export async function why(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const port = readPort(positionals);
  const client = await connectToSee('once');
  try {
    const params = await readPortParams(client, port, values);
    const explanation = await explainAsUser(client, params);
    const message = agentHint(client, explanation);
    if (values.json) printJson(toJson(explanation, message));
    else {
      printExplanation(explanation);
      if (message !== null) printNotice(message);
    }
    return Exit.ok;
  } finally {
    client.close();
  }
}

/** Null: an agent would add nothing, or the next steps begin with it. */
function agentHint({ info }: Client, { free, next }: Explanation): string | null {
  if (info.mode !== 'observer' || free || next.some(({ command }) => command.startsWith(serveCommand)))
    return null;
  return `Without the agent only your own processes are named, in your network namespace. It sees more: ${serveCommand}`;
}

function toJson({ leftOut: _, namespaces: __, ...explanation }: Explanation, message: string | null): object {
  return { ...explanation, ...(message === null ? {} : { message }) };
}
