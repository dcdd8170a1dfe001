/** `sockscope free PORT`: the mildest act that frees it, after one question, proved by a bind. */

import type { Client } from '../../client/connect';
import { freePort } from '../../client/ports/free-port';
import type { FreePlan, FreePrompts, FreeReport } from '../../client/ports/free-types';
import { portArgument, processText, thePort } from '../../common/process-text';
import { limits, parseDuration, signals } from '../../protocol';
import { oneOf, readArguments } from '../arguments';
import { confirm, requireAnswer } from '../confirm';
import { connectToTry, findAgent } from '../connect';
import { CommandError, Exit } from '../exit';
import { printJson, printNotice } from '../output';
import { readPort, readPortParams } from '../port-arguments';
import { nextText, printReport, showPlan } from '../port-output';
import { free as syntax } from '../syntax/ports';

export async function free(words: string[]): Promise<Exit> {
  const { values, positionals } = readArguments(words, syntax);
  const port = readPort(positionals);
  const signal = oneOf('signal', values.signal, signals);
  const graceMs = readGrace(values.grace);
  const takeOver = values['take-over'];
  if (takeOver && values.udp)
    throw new CommandError(Exit.usage, '--take-over is for listening TCP sockets: leave --udp away');
  const prompts = new TerminalPrompts(values.yes, portArgument(port));
  const client = await connectToTry();
  try {
    const place = await readPortParams(client, port, values);
    const choices = {
      takeOver,
      includeInheritors: values['include-inheritors'],
      includeSessions: values['include-sessions'],
    };
    const report = await freePort(client, { ...place, signal, graceMs, ...choices }, prompts);
    if (values.json) printJson(report);
    else printReport(report);
    for (const step of report.next) printNotice(nextText(step));
    return exitOf(report);
  } finally {
    prompts.close();
    client.close();
  }
}

function readGrace(text: string): number {
  const graceMs = parseDuration(text);
  if (graceMs !== null && graceMs <= limits.graceMs) return graceMs;
  throw new CommandError(
    Exit.usage,
    `--grace "${text}" is not a duration of at most ${limits.graceMs / 1000} s: for example 500ms or 3s`,
  );
}

/** Questions on the terminal; --yes agrees to the plan and to nothing more. */
class TerminalPrompts implements FreePrompts {
  readonly #yes: boolean;
  readonly #port: string;
  #agent: Client | null = null;

  constructor(yes: boolean, port: string) {
    this.#yes = yes;
    this.#port = port;
  }

  async confirm(plan: FreePlan): Promise<boolean> {
    if (this.#yes) return true;
    // No question where no step can be done; the report gives the reason for each step.
    const idle = plan.steps.every(({ needsAgent }) => needsAgent) && (await this.agent()) === null;
    if (!idle) requireAnswer(false, `check first with sockscope why ${this.#port}`);
    showPlan(plan);
    return idle || confirm(`Free ${thePort(plan.answer)}?`);
  }

  async offerKill(process: Parameters<FreePrompts['offerKill']>[0]): Promise<boolean> {
    return !this.#yes && confirm(`${processText(process)} got SIGTERM and still runs. End it with SIGKILL?`);
  }

  async offerSignal(process: Parameters<FreePrompts['offerKill']>[0]): Promise<boolean> {
    return !this.#yes && confirm(`${processText(process)} lives on, deaf. End it with SIGTERM?`);
  }

  /** Finds a running agent; never starts one. */
  async agent(): Promise<Client | null> {
    this.#agent ??= await findAgent();
    return this.#agent;
  }

  supervisorOf(): null {
    return null;
  }

  close(): void {
    this.#agent?.close();
  }
}

function exitOf({ freed, steps }: FreeReport): Exit {
  if (freed) return Exit.ok;
  const barred = steps.every(({ outcome }) => outcome === 'needs-agent' || outcome === 'denied');
  return steps.length > 0 && barred ? Exit.denied : Exit.failed;
}
