/** The tool `free_port`. */

import * as v from 'valibot';
import { thePort } from '../../common/process-text';
import { idKey, processKey } from '../../protocol';
import { freePort as free } from '../ports/free-port';
import type { FreeOptions, FreePlan, FreePrompts, FreeReport, Supervisor } from '../ports/free-types';
import { planLines } from '../ports/plan-lines';
import { cut, fitting, maxText, sentences } from './bounds';
import { portInput, portParams } from './inputs';
import { type Answer, type Proposal, type ToolConnection, type ToolHost, tool, using } from './tool';

const maxSteps = 50;
/** Of a question: processes that are described, and characters. */
const maxProcesses = 20;
const maxQuestion = 20_000;
const graceMs = 3000;

export const freePort = tool({
  name: 'free_port',
  title: 'Free Port',
  description:
    'Frees a port by the mildest act that does it, proved by a bind: a server gets SIGTERM, or what would start it again (a container, a unit, a watcher) is stopped; what is left of connections is aborted. The user is asked before anything ends, with the whole plan. What carries an editor or a remote session is left alone.',
  input: v.strictObject(portInput),
  access: 'act',
  run(host, input) {
    const options: FreeOptions = { ...portParams(host, input), signal: 'TERM', graceMs, takeOver: false };
    return propose(host, options);
  },
});

/** Plans as `sockscope free` does, up to its question. Without one, the report says why. */
async function propose(host: ToolHost, options: FreeOptions): Promise<Answer | Proposal> {
  const prompts = new PlanOnly(host);
  const report = await run(host, options, prompts);
  const { plan } = prompts;
  if (!plan) return answerOf(report);
  const question = questionOf(plan);
  if (question.length > maxQuestion) return tooMuchAnswer(report);
  return {
    question,
    questionForModel: questionOf(plan, ''),
    about: actsOf(plan),
    act: async () => {
      const agreed = new AgreedPlan(host, plan);
      const done = await run(host, options, agreed);
      return agreed.changed ? changedAnswer(done) : answerOf(done);
    },
  };
}

/**
 * All steps, and of the processes so much that a long command pushes none of them out of sight. `command`: in the place of the command
 * line of each.
 */
function questionOf(plan: FreePlan, command?: string): string {
  const processes = plan.processes.slice(0, maxProcesses).map((process) => ({
    ...process,
    command: command ?? cut(process.command, maxText),
    workingDirectory: process.workingDirectory && cut(process.workingDirectory, maxText),
  }));
  const more = plan.processes.length - processes.length;
  return [
    `Free ${thePort(plan.answer)}?`,
    ...planLines({ ...plan, processes }),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

/** Nobody reads all of it, and a part of it is no plan. */
function tooMuchAnswer(report: FreeReport): Answer {
  const message =
    'Nothing was done: that ends more than one question can say. The user frees the port by sockscope free';
  return { ...answerOf(report), message: sentences([`${message} ${report.port}`]) };
}

async function run(host: ToolHost, options: FreeOptions, prompts: ToolPrompts): Promise<FreeReport> {
  try {
    return await using(host.toTry(), (connection) => free(connection, options, prompts));
  } finally {
    prompts.close();
  }
}

/** What was agreed to is the plan, and nothing more: neither SIGKILL nor the start of an agent. */
abstract class ToolPrompts implements FreePrompts {
  readonly #host: ToolHost;
  #agent: Promise<ToolConnection | null> | null = null;

  constructor(host: ToolHost) {
    this.#host = host;
  }

  abstract confirm(plan: FreePlan): Promise<boolean>;

  async offerKill(): Promise<boolean> {
    return false;
  }

  agent(): Promise<ToolConnection | null> {
    this.#agent ??= this.#host.findAgent();
    return this.#agent;
  }

  supervisorOf(pids: readonly number[]): Supervisor | null {
    return this.#host.supervisorOf(pids);
  }

  close(): void {
    void this.#agent?.then((agent) => agent?.close()).catch(() => {});
  }
}

class PlanOnly extends ToolPrompts {
  plan: FreePlan | null = null;

  /** No question where no step can be done; the report then gives the reason for each. */
  async confirm(plan: FreePlan): Promise<boolean> {
    if (plan.steps.every(({ needsAgent }) => needsAgent) && (await this.agent()) === null) return true;
    this.plan = plan;
    return false;
  }
}

class AgreedPlan extends ToolPrompts {
  readonly #agreed: string;
  changed = false;

  constructor(host: ToolHost, plan: FreePlan) {
    super(host);
    this.#agreed = actsOf(plan);
  }

  async confirm(plan: FreePlan): Promise<boolean> {
    this.changed = actsOf(plan) !== this.#agreed;
    return !this.changed;
  }
}

/**
 * Of each step: what it does, and to which processes and sockets, as a sentence has only a pid that another process may have by now, or
 * how many connections there are.
 */
function actsOf({ steps }: FreePlan): string {
  return JSON.stringify(
    steps.map(({ what, holders, ifStillBusy }) => {
      const owners = holders.flatMap((holder) => holder.owners.map(processKey));
      const held = holders.flatMap(({ sockets }) => sockets.filter((socket) => socket.owners.length > 0));
      // Connections of a server that is to end first come and go meanwhile: its processes decide.
      return [what, inOrder(owners), ifStillBusy ? [] : inOrder(held.map(idKey))];
    }),
  );
}

function inOrder(keys: readonly string[]): string[] {
  return [...new Set(keys)].sort();
}

function changedAnswer(report: FreeReport): Answer {
  const message = 'What holds the port has changed since the user agreed, so nothing was done: ask again';
  return { ...answerOf(report), message: sentences([message]) };
}

function answerOf(report: FreeReport): Answer {
  const { port, protocol, freed, already, needsReuseaddr, respawn, provedMs, watchedMs, message, next } =
    report;
  const steps = fitting(report.steps, maxSteps);
  const done = steps.shown
    .map((step) => step.message)
    .filter((text) => text !== '' && !message.includes(text));
  const commands = next.map(({ command, why }) => `${why}: ${command}`);
  return {
    message: sentences([...done, message, ...commands]),
    details: {
      port,
      protocol,
      freed,
      already,
      needsReuseaddr,
      steps: steps.shown,
      moreSteps: steps.more,
      respawn,
      provedMs,
      watchedMs,
      next: next.map(({ command, why }) => ({ command, why })),
    },
    failed: !freed,
  };
}
