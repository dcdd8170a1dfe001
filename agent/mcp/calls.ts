/** Calls of tools: an answer, or first the question of an act. */

import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { answerData } from '../client/tools/answer-data';
import {
  type Answer,
  isProposal,
  type Proposal,
  type Step,
  type Tool,
  type ToolHost,
} from '../client/tools/tool';
import { FairQueue } from '../common/fair-queue';
import { jsonText, visibleText } from '../protocol';
import { OpenQuestions } from './open-questions';
import type { McpOptions } from './options';

/** The client, as it has introduced itself. */
export interface Caller {
  capabilities(): ClientCapabilities | undefined;
}

/** Calls that look or plan at once: without an agent, each starts a program. */
const maxAtOnce = 4;

/** Of the one input request of a question. */
const agreement = 'agreement';

export class Calls {
  readonly #host: ToolHost;
  readonly #options: McpOptions;
  readonly #open = new OpenQuestions();
  readonly #running = new FairQueue(maxAtOnce);

  constructor(host: ToolHost, options: McpOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Called again, with the state that it gave out, when the user has answered. */
  async call(
    tool: Tool,
    input: unknown,
    context: ServerContext,
    caller: Caller,
  ): Promise<CallToolResult | InputRequiredResult> {
    try {
      const state = context.mcpReq.requestState<string>();
      if (state !== undefined) return await this.#answered(state, context);
      const result = await this.#running.run((pass) => {
        pass();
        return tool.run(this.#host, input);
      });
      if (!isProposal(result)) return this.#result(result);
      if (this.#options.asksNothing) return this.#result(await act(result, context));
      return canAsk(context, caller) ? this.#ask(result) : this.#refuse(result);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return this.#result({ message, details: {}, failed: true });
    }
  }

  #ask(proposal: Proposal): InputRequiredResult {
    return inputRequired({
      inputRequests: {
        [agreement]: inputRequired.elicit({
          message: proposal.question,
          requestedSchema: { type: 'object', properties: {} },
        }),
      },
      requestState: this.#open.add(proposal),
    });
  }

  async #answered(state: string, context: ServerContext): Promise<CallToolResult> {
    const given = inputResponse(context.mcpReq.inputResponses, agreement);
    const proposal = this.#open.take(state);
    if (!proposal) return this.#result(refusal('This question is no longer open, and nothing was done'));
    if (given.kind !== 'elicit' || given.action !== 'accept')
      return this.#result(refusal('Nothing was done: the user did not agree'));
    return this.#result(await act(proposal, context));
  }

  #refuse({ question: forUser, questionForModel = forUser }: Proposal): CallToolResult {
    const question = this.#options.commandLines ? forUser : questionForModel;
    const why = 'Nothing was done: this client cannot ask its user (elicitation)';
    const way =
      'A user who wants acts without a question starts sockscope mcp with --allow-destructive --yes';
    return this.#result({ ...refusal(`${why}. ${way}`), details: { question } });
  }

  /** As text for clients and models that read no structured content. */
  #result(answer: Answer): CallToolResult {
    const structuredContent = answerData(answer, this.#options);
    return {
      content: [{ type: 'text', text: jsonText(structuredContent) }],
      structuredContent,
      isError: answer.failed === true,
    };
  }
}

function refusal(message: string): Answer {
  return { message: `${message}.`, details: {}, failed: true };
}

/** `elicitation: {}` stands for forms, from before there were other kinds. */
function canAsk({ mcpReq }: ServerContext, caller: Caller): boolean {
  const envelope: Readonly<Record<string, unknown>> | undefined = mcpReq.envelope;
  const ofRequest = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const { elicitation } = ofRequest ?? caller.capabilities() ?? {};
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

async function act(proposal: Proposal, { mcpReq }: ServerContext): Promise<Answer> {
  if (mcpReq.signal.aborted) return refusal('Nothing was done: the call was cancelled');
  const source = new CancellationTokenSource();
  const cancel = () => source.cancel();
  mcpReq.signal.addEventListener('abort', cancel, { once: true });
  try {
    return await proposal.act(source.token, (step) => tellProgress(mcpReq, step));
  } finally {
    mcpReq.signal.removeEventListener('abort', cancel);
    source.dispose();
  }
}

/** For clients that ask for it; some give up on a call that takes a minute without. */
function tellProgress({ _meta, notify }: ServerContext['mcpReq'], { done, of, message }: Step): void {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return;
  const params = { progressToken, progress: done, total: of, message: visibleText(message) };
  notify({ method: 'notifications/progress', params }).catch(() => {}); // the client is gone, which ends the call as well
}
