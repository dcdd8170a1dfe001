/** What a tool for language models is. MCP and the editor offer the same ones. */

import type { GenericSchema, InferOutput } from 'valibot';
import type { CancellationToken, NotificationType, RequestType } from 'vscode-jsonrpc';
import { ErrorCode, protocolError } from '../../protocol';
import type { FreePrompts } from '../ports/free-types';
import type { Requester } from '../requester';

export interface ToolConnection extends Requester {
  request<P, R>(type: RequestType<P, R, void>, params: P, token?: CancellationToken): Promise<R>;
  /** Calls `handle` with each notification of this kind; absent where others wait for the same. */
  on?<P>(type: NotificationType<P>, handle: (params: P) => void): void;
  close(): void;
}

/** Whoever offers the tools: what answers them, as for the verbs of the command line. */
export interface ToolHost {
  /** Network namespace in which ports are meant; null: that of whatever answers. */
  readonly netns: number | null;
  /** To see: an agent, else the observer. */
  toSee(): Promise<ToolConnection>;
  /** To do, or at least judge, what can be done without an agent. */
  toTry(): Promise<ToolConnection>;
  /** To watch and cut. Rejects with noAgent() where no agent runs. */
  toDrill(): Promise<ToolConnection>;
  /** The agent that runs; null: none does. A tool never starts one, which would ask for a password. */
  findAgent(): Promise<ToolConnection | null>;
  noAgent(): Error;
  /** What only this program knows to start a process again, such as an editor's task. */
  readonly supervisorOf: FreePrompts['supervisorOf'];
}

export interface Answer {
  /** Sentences for whoever reads. */
  readonly message: string;
  /** The same and more as plain data. */
  readonly details: object;
  /** It did not do what was asked for. */
  readonly failed?: boolean;
}

/** An act that its user has not agreed to yet. */
export interface Proposal {
  /** All that would be done: whoever says yes agrees to this. For the user alone where it has command lines. */
  readonly question: string;
  /** The same for a model, without command lines; absent: the question has none. */
  readonly questionForModel?: string;
  /** What it is about, where the words of the question change while that stays, such as the age of a process. */
  readonly about?: string;
  /** `progress`: told of each step of an act that takes long. */
  act(token: CancellationToken, progress?: (step: Step) => void): Promise<Answer>;
}

export interface Step {
  readonly done: number;
  readonly of: number;
  readonly message: string;
}

export function isProposal(result: Answer | Proposal): result is Proposal {
  return 'question' in result;
}

export interface Tool<Schema extends GenericSchema = GenericSchema> {
  readonly name: string;
  readonly title: string;
  /** For the model. */
  readonly description: string;
  /** Strict: unknown words are mistakes. */
  readonly input: Schema;
  /** `act`: it proposes before it does anything; `see`: it only answers. */
  readonly access: 'see' | 'act';
  /** Rejects with an Error whose message says what to do. */
  run(host: ToolHost, input: InferOutput<Schema>): Promise<Answer | Proposal>;
}

/** Keeps the type of the input. */
export function tool<Schema extends GenericSchema>(definition: Tool<Schema>): Tool<Schema> {
  return definition;
}

/** Before its user is asked. Throws an Error (readOnly) where the agent would refuse. */
export function requireActing({ info }: Requester): void {
  if (info.readOnly)
    throw protocolError(
      ErrorCode.readOnly,
      'The agent was started with --read-only, so nothing is destroyed',
    );
}

/** Closes the connection afterwards. */
export async function using<T>(
  connecting: Promise<ToolConnection>,
  use: (connection: ToolConnection) => Promise<T>,
): Promise<T> {
  const connection = await connecting;
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
}
