/** Questions one after the other, each with its number, and with Back to the one before. */

import * as vscode from 'vscode';
import { Cancelled } from './context';

/** A line of a quick pick. */
export interface Choice<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

interface Question {
  /** How many questions follow, as far as is known. */
  readonly more: number;
  readonly placeHolder?: string;
}

interface ChoiceQuestion<Value> extends Question {
  readonly items: readonly Choice<Value>[] | Promise<readonly Choice<Value>[]>;
  /** The label of the line that holds at present. */
  readonly present?: string;
}

interface TextQuestion extends Question {
  readonly prompt: string;
  readonly value: string;
  /** Returns what is wrong with a text; undefined: nothing. */
  readonly validate: (text: string) => string | undefined;
}

/** Runs `ask` again after each Back, with the answers up to the question before. Rejects with Cancelled. */
export async function inSteps<Result>(
  title: string,
  ask: (steps: Steps) => Promise<Result>,
): Promise<Result> {
  const answers: Answers = { given: [], known: 0 };
  const screen: Screen = {};
  try {
    for (;;) {
      try {
        return await ask(new Steps(title, answers, screen));
      } catch (error) {
        if (!(error instanceof Back)) throw error;
        answers.known--;
      }
    }
  } finally {
    screen.shown?.dispose();
  }
}

class Back extends Error {}

interface Answer<Value = unknown> {
  readonly value: Value;
  /** The label of the line, or the text. */
  readonly text: string;
}

interface Answers {
  /** Also those that Back has left, which are offered again. */
  readonly given: Answer[];
  /** The number of those that count. */
  known: number;
}

/**
 * The input of the last question, which stays until the next is shown. Where one were hidden first, VS Code would give the focus back
 * meanwhile, and what takes it late, such as a webview, would close the next.
 */
interface Screen {
  shown?: vscode.Disposable;
}

export class Steps {
  readonly #title: string;
  readonly #answers: Answers;
  readonly #screen: Screen;
  #asked = 0;

  constructor(title: string, answers: Answers, screen: Screen) {
    this.#title = title;
    this.#answers = answers;
    this.#screen = screen;
  }

  /** Enter takes the line that holds at present, or the first. */
  choose<Value>({ items, present, ...question }: ChoiceQuestion<Value>): Promise<Value> {
    return this.#ask(async (before = present) => {
      const input = vscode.window.createQuickPick<Choice<Value>>();
      input.matchOnDescription = true;
      input.matchOnDetail = true;
      // Before it is shown: an Enter that comes before the lines would be lost.
      if (!(items instanceof Promise)) setLines(input, items, before);
      const shown = this.#show(input, question, () => {
        const [item] = input.selectedItems;
        return item && { value: item.value, text: item.label };
      });
      if (items instanceof Promise) await Promise.race([shown, awaitLines(input, items, before)]);
      return shown;
    });
  }

  text({ prompt, value, validate, ...question }: TextQuestion): Promise<string> {
    return this.#ask((before) => {
      const input = vscode.window.createInputBox();
      input.prompt = prompt;
      input.value = before ?? value;
      const check = () => {
        input.validationMessage = validate(input.value);
        return input.validationMessage === undefined;
      };
      input.onDidChangeValue(check);
      return this.#show(input, question, () => {
        const text = input.value.trim();
        return check() ? { value: text, text } : undefined;
      });
    });
  }

  /** The known answer to this question, or a new one; `ask` gets the text of the one that Back has left. */
  async #ask<Value>(ask: (before: string | undefined) => Promise<Answer<Value>>): Promise<Value> {
    const { given, known } = this.#answers;
    const place = this.#asked++;
    if (place < known) return given[place]?.value as Value;
    const answer = await ask(given[place]?.text);
    given[place] = answer;
    this.#answers.known = place + 1;
    return answer.value;
  }

  /** Rejects with Back or Cancelled. `read`: undefined where there is no answer yet. */
  #show<Value>(
    input: vscode.QuickPick<Choice<Value>> | vscode.InputBox,
    { more, placeHolder }: Question,
    read: () => Answer<Value> | undefined,
  ): Promise<Answer<Value>> {
    input.title = this.#title;
    input.placeholder = placeHolder;
    const total = this.#asked + more;
    // What has been answered outlives a click elsewhere, and a focus that comes late from the menu that was clicked.
    if (total > 1) Object.assign(input, { step: this.#asked, totalSteps: total, ignoreFocusOut: true });
    input.buttons = this.#asked > 1 ? [vscode.QuickInputButtons.Back] : [];
    return new Promise<Answer<Value>>((resolve, reject) => {
      input.onDidTriggerButton(() => reject(new Back()));
      input.onDidHide(() => reject(new Cancelled()));
      input.onDidAccept(() => {
        const answer = read();
        if (answer) resolve(answer);
      });
      input.show();
      this.#screen.shown?.dispose();
      this.#screen.shown = input;
    });
  }
}

/** The line that was chosen before, or that holds at present, is active. */
function setLines<Value>(
  input: vscode.QuickPick<Choice<Value>>,
  lines: readonly Choice<Value>[],
  before: string | undefined,
): void {
  input.items = lines;
  const chosen = lines.find(({ label }) => label === before);
  // Without any, the first line would not be active.
  if (chosen) input.activeItems = [chosen];
}

/** Rejects where the lines cannot be listed. */
async function awaitLines<Value>(
  input: vscode.QuickPick<Choice<Value>>,
  lines: Promise<readonly Choice<Value>[]>,
  before: string | undefined,
): Promise<void> {
  input.busy = true;
  try {
    setLines(input, await lines, before);
  } finally {
    input.busy = false;
  }
}
