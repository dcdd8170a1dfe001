/** A client of `sockscope mcp`, as an editor with a language model is one: the SDK's own, over the standard streams of the command. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Abortable } from '../../agent/client/library/abort';
import { commandAs, type RunOptions } from './programs';
import type { Stage } from './stage';

/** The protocol until 2025, whose server asks; and since, whose server answers that it needs an answer. */
export const generations = ['2025', '2026'] as const;
type Generation = (typeof generations)[number];

export interface ModelOptions extends RunOptions {
  readonly generation?: Generation;
  /** What the user says to each question; null: the client cannot ask. */
  readonly says?: 'accept' | 'decline' | null;
}

export interface Called {
  readonly failed: boolean;
  /** The text that a model reads. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the tool answered; the assertions check it
  readonly data: any;
}

export class ModelClient {
  /** What the user was asked. */
  readonly questions: string[] = [];
  /** What it was told of a call while that took its time. */
  readonly progress: string[] = [];
  /** Before the user answers. */
  beforeAnswer: () => Promise<unknown> = async () => {};
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Ends with the stage. */
  static async start(
    stage: Stage,
    words: readonly string[],
    options: ModelOptions = {},
  ): Promise<ModelClient> {
    const { generation = '2025', says = 'accept', ...runOptions } = options;
    const around = { user: stage.user, netns: stage.netns, ...runOptions };
    const program = [process.execPath, join(stage.folder, 'sockscope.js'), 'mcp', ...words];
    const [command = '', ...args] = commandAs(program, around);
    const client = new Client(
      { name: 'test', version: '1' },
      {
        capabilities: says === null ? {} : { elicitation: { form: {} } },
        versionNegotiation: { mode: generation === '2025' ? 'legacy' : { pin: '2026-07-28' } },
      },
    );
    const model = new ModelClient(client);
    if (says !== null)
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        model.questions.push(params.message);
        await model.beforeAnswer();
        return says === 'accept' ? { action: says, content: {} } : { action: says };
      });
    const env = { PATH: process.env.PATH ?? '', ...around.environment };
    await client.connect(new StdioClientTransport({ command, args, env, stderr: 'inherit' }));
    stage.onClose(() => client.close());
    return model;
  }

  async tools() {
    return (await this.#client.listTools()).tools;
  }

  get instructions(): string {
    return this.#client.getInstructions() ?? '';
  }

  /** The text and the structured content have the same data. */
  async call(name: string, input: Record<string, unknown> = {}, { signal }: Abortable = {}): Promise<Called> {
    const result = await this.#client.callTool(
      { name, arguments: input },
      {
        timeout: 120_000,
        ...(signal ? { signal } : {}),
        onprogress: ({ progress, total, message }) => this.progress.push(`${progress}/${total} ${message}`),
      },
    );
    const [content] = result.content;
    assert.ok(content?.type === 'text');
    const { text } = content;
    const data = result.structuredContent;
    if (data) assert.deepEqual(JSON.parse(text), data);
    return { failed: result.isError === true, text, data };
  }
}
