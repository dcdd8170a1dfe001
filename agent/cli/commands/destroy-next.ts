/** `sockscope destroy --next FILTER... [--at connect|established] [--wait 30s]` */

import {
  destroyNext as destroyNextMethod,
  type EngineChoice,
  limits,
  moments,
  parseDuration,
} from '../../protocol';
import { oneOf } from '../arguments';
import { confirm, requireAnswer } from '../confirm';
import { connectToAct } from '../connect';
import { CommandError, Exit } from '../exit';
import { printJson, printNotice } from '../output';
import { exitOf, printResults } from '../results';

interface NextArguments {
  readonly filter: string;
  readonly engine: EngineChoice;
  readonly at: string;
  readonly wait: string;
  readonly yes: boolean;
  readonly json: boolean;
}

export async function destroyNext({ filter, engine, at, wait, yes, json }: NextArguments): Promise<Exit> {
  const moment = oneOf('at', at, moments);
  const waitMs = parseDuration(wait);
  if (!waitMs || waitMs > limits.waitMs)
    throw new CommandError(Exit.usage, `--wait "${wait}" is not a duration: for example 500ms, 10s or 2m`);
  requireAnswer(yes);
  const client = await connectToAct('watching');
  try {
    if (!yes && !(await confirm(`Destroy the next connection that matches ${filter}?`))) return Exit.failed;
    if (process.stderr.isTTY)
      printNotice(`Waiting ${wait} for a connection that matches ${filter}. Ctrl-C ends it.`);
    const { result, socket, dropped } = await client.request(destroyNextMethod, {
      filter,
      at: moment,
      waitMs,
      engine,
    });
    const results = result ? [result] : [];
    if (json) printJson({ results });
    else printResults(results);
    if (!result || !socket) {
      const missed = dropped === 0 ? '' : `, or it was missed: ${dropped} events were lost`;
      // Connects of other users are not reported then, and one that is closed at once is gone before it is found.
      const [whose, others] =
        client.info.scope === 'all'
          ? ['', '']
          : [' of yours', `. For those of others: sudo sockscope agent restart --scope all`];
      throw new CommandError(
        Exit.nothingMatched,
        `No connection${whose} that matches ${filter} was made in ${wait} and stayed long enough to be destroyed${missed}${others}`,
      );
    }
    return exitOf(results, [socket]);
  } finally {
    client.close();
  }
}
