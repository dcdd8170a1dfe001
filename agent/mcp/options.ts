/** What whoever starts `sockscope mcp` has chosen. */

import type { AnswerOptions } from '../client/tools/answer-data';

export interface McpOptions extends AnswerOptions {
  /** Also offers the tools that act. */
  readonly allowDestructive: boolean;
  /** Acts without a question. */
  readonly asksNothing: boolean;
}
