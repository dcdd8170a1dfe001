/**
 * Calls of the tools by the editor: what would be done is prepared, agreed to, and then done. Pure. A bundle of its own, loaded at the
 * first call.
 */

import * as v from 'valibot';
import type { CancellationToken } from 'vscode-jsonrpc';
import { tools } from '../../agent/client/tools';
import { type AnswerOptions, answerData } from '../../agent/client/tools/answer-data';
import { isProposal, type Proposal, type Tool, type ToolHost } from '../../agent/client/tools/tool';
import { jsonText } from '../../agent/protocol';

/** Acts that wait for their user; the oldest is forgotten. */
const maxPrepared = 32;

interface Prepared {
  readonly plan: Proposal;
  /** A call alike, for which another question is or was open: the yes may be to that one. */
  readonly isDoubtful: boolean;
}

export class ToolCalls {
  readonly #host: ToolHost;
  readonly #options: () => AnswerOptions;
  /** By tool and input: the editor says no more of a call that it has asked about. */
  readonly #prepared = new Map<string, Prepared>();

  /** `options`: as they are at each answer. */
  constructor(host: ToolHost, options: () => AnswerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Throws an Error for a name that is none. */
  static find(name: string): Tool {
    const found = tools.find((tool) => tool.name === name);
    if (found) return found;
    throw new Error(`There is no tool ${name}`);
  }

  /** The question of an act; null: there is nothing to agree to. Whoever shows it calls `invoke` only after a yes. */
  async prepare(tool: Tool, input: unknown): Promise<string | null> {
    const key = keyOf(tool, input);
    const earlier = this.#prepared.get(key);
    this.#prepared.delete(key);
    if (tool.access === 'see') return null;
    const result = await tool.run(this.#host, read(tool, input));
    if (!isProposal(result)) return null;
    const isOther =
      earlier !== undefined && (earlier.isDoubtful || subjectOf(earlier.plan) !== subjectOf(result));
    this.#prepared.set(key, { plan: result, isDoubtful: isOther });
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size > maxPrepared && oldest !== undefined) this.#prepared.delete(oldest);
    return result.question;
  }

  /** The answer for the model. What was not prepared is asked about by `ask`, which resolves with true for a yes. */
  async invoke(
    tool: Tool,
    input: unknown,
    token: CancellationToken,
    ask: (question: string) => Promise<boolean>,
  ): Promise<string> {
    const key = keyOf(tool, input);
    const prepared = this.#prepared.get(key);
    const agreed = prepared?.isDoubtful ? undefined : prepared?.plan;
    this.#prepared.delete(key);
    const result = agreed ?? (await tool.run(this.#host, read(tool, input)));
    if (!isProposal(result)) return this.#textOf(result);
    if (!agreed && !(await ask(result.question)))
      return this.#textOf({
        message: 'Nothing was done: the user did not agree.',
        details: {},
        failed: true,
      });
    return this.#textOf(await result.act(token));
  }

  #textOf(answer: Parameters<typeof answerData>[0]): string {
    return jsonText(answerData(answer, this.#options()));
  }
}

function subjectOf({ about, question }: Proposal): string {
  return about ?? question;
}

function keyOf({ name }: Tool, input: unknown): string {
  return `${name} ${JSON.stringify(input)}`;
}

/** Throws an Error that names the mistake. */
function read({ input: schema }: Tool, input: unknown): unknown {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const mistakes = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
  throw new Error(mistakes.join('; '));
}
