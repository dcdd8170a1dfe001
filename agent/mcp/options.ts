/** What whoever starts `sockscope mcp` has chosen. */

export interface McpOptions {
  /** Also offers the tools that act. */
  readonly allowDestructive: boolean;
  /** Acts without a question. */
  readonly asksNothing: boolean;
  /** Commands in sentences as they can be run here. */
  readonly words: (text: string) => string;
}
