/** The tools for language models in this window. What they do is loaded when the first is called. */

import * as vscode from 'vscode';
import type { AnswerOptions } from '../../agent/client/tools/answer-data';
import { askModal } from '../base/ask-modal';
import { inEditorWords } from '../base/editor-words';
import { languageTools, settings } from '../base/ids';
import { plain } from '../base/text';
import type { WorkspaceParts } from '../base/workspace-parts';
import type { Context } from '../context';
import { questionText } from './question-text';
import type { ToolCalls } from './tool-calls';
import { toolHost } from './tool-host';

const t = vscode.l10n.t;

export function activate(context: Context, workspace: WorkspaceParts): void {
  // Editors that are made from VS Code may lack it.
  if (!vscode.lm?.registerTool) return;
  const tools = new WindowTools(context, workspace);
  for (const [name, id] of Object.entries(languageTools))
    context.disposables.add(
      vscode.lm.registerTool(id, {
        prepareInvocation: ({ input }) => tools.prepare(name, input),
        invoke: ({ input }, token) => tools.invoke(name, input, token),
      }),
    );
}

class WindowTools {
  readonly #context: Context;
  readonly #workspace: WorkspaceParts;
  #calls: ToolCalls | undefined;

  constructor(context: Context, workspace: WorkspaceParts) {
    this.#context = context;
    this.#workspace = workspace;
  }

  async prepare(name: string, input: unknown): Promise<vscode.PreparedToolInvocation> {
    const { tool, calls } = await this.#find(name);
    const question = await calls.prepare(tool, input);
    if (question === null) return {};
    const [title, message] = questionText(question);
    return { confirmationMessages: { title, message } };
  }

  async invoke(
    name: string,
    input: unknown,
    token: vscode.CancellationToken,
  ): Promise<vscode.LanguageModelToolResult> {
    const { tool, calls } = await this.#find(name);
    const text = await calls.invoke(tool, input, token, ask);
    this.#context.log.info(`tool ${name}: ${plain(text, 600)}`);
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
  }

  /** Throws an Error for the model where the tool is off. */
  async #find(name: string) {
    const { ToolCalls } = await import('./tool-calls');
    const tool = ToolCalls.find(name);
    if (tool.access === 'act') requireAllowed();
    this.#calls ??= new ToolCalls(toolHost(this.#context, this.#workspace), answerOptions);
    return { tool, calls: this.#calls };
  }
}

function answerOptions(): AnswerOptions {
  return {
    words: (text) => inEditorWords(t, text),
    commandLines: vscode.workspace.getConfiguration().get(settings.toolsCommandLines) === true,
  };
}

/** As the `when` clauses of the manifest, which only hide a tool. */
function requireAllowed(): void {
  if (vscode.workspace.getConfiguration().get(settings.toolsAllowDestructive) !== true)
    throw new Error(
      t('This tool is off. The user turns it on by the setting {0}.', settings.toolsAllowDestructive),
    );
  if (!vscode.workspace.isTrusted)
    throw new Error(t('This tool is off in a workspace that its user does not trust.'));
}

/** Where a call comes that the editor has not asked about. */
async function ask(question: string): Promise<boolean> {
  const [message, detail] = questionText(question);
  const button = t('Continue');
  return (await askModal({ message, detail }, button)) === button;
}
