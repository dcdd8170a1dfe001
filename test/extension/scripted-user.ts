/** Answers the dialogs of the extension, because the workbench refuses them while tests run. */

import * as vscode from 'vscode';
import { becomes } from './sockscope';

/** A dialog, notification or quick pick, with its choices. */
export interface ShownMessage {
  readonly kind: (typeof dialogs)[number] | 'showQuickPick';
  readonly message: string;
  /** The detail of a modal dialog, or all lines of a quick pick. */
  readonly detail: string;
  readonly modal: boolean;
  readonly offers: readonly string[];
  /** `2/3`, of a question that is one of several. */
  readonly step?: string;
  /** Of a question: also where the focus goes elsewhere. */
  readonly staysOpen?: boolean;
  /** The line that Enter takes, where it was set. */
  readonly active?: string;
}

interface ShownPick {
  readonly items: readonly vscode.QuickPickItem[];
  readonly title: string;
  readonly step?: number;
  readonly totalSteps?: number;
  readonly ignoreFocusOut?: boolean;
  readonly activeItems?: readonly vscode.QuickPickItem[];
}

interface Rule {
  readonly about: RegExp;
  readonly choose: RegExp;
}

const dialogs = ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'] as const;

type Texts = (string | vscode.MessageOptions)[];

export class ScriptedUser {
  readonly messages: ShownMessage[] = [];
  /** The validation result of each text for the last input box. */
  mistakes: readonly unknown[] = [];
  #typed: readonly string[] = [];
  readonly #rules: Rule[] = [];
  #ignored: RegExp | undefined;
  readonly #open: ((choice: string) => void)[] = [];
  #goesBack = false;
  readonly #originals = pick(vscode.window, [
    ...dialogs,
    'showQuickPick',
    'showInputBox',
    'createQuickPick',
    'createInputBox',
    'withProgress',
  ]);

  constructor() {
    const window = vscode.window as unknown as Record<string, unknown>;
    for (const name of dialogs)
      window[name] = async (message: string, ...rest: Texts) => this.#answer(name, message, rest);
    window.showQuickPick = async (
      items: readonly vscode.QuickPickItem[] | Thenable<readonly vscode.QuickPickItem[]>,
      options: vscode.QuickPickOptions = {},
    ) => this.#pick({ items: await items, title: options.title ?? '' });
    window.showInputBox = async ({ validateInput }: vscode.InputBoxOptions = {}) => {
      this.mistakes = await Promise.all(this.#typed.map((text) => validateInput?.(text)));
      return this.#typed.at(-1);
    };
    window.createQuickPick = () => new FakeInput((input) => this.#answerPick(input));
    window.createInputBox = () => new FakeInput((input) => this.#answerBox(input));
  }

  /** Cancels any progress notification after so many milliseconds. */
  cancelsAfter(ms: number): void {
    vscode.window.withProgress = (_, work) => {
      const source = new vscode.CancellationTokenSource();
      setTimeout(() => source.cancel(), ms);
      return work({ report: () => {} }, source.token);
    };
  }

  /** Texts for the next input box: all are validated, the last one is accepted. */
  types(...texts: string[]): void {
    this.#typed = texts;
  }

  /** In each dialog about this, takes the first choice that fits; dialogs without a rule are closed. */
  answers(about: RegExp, choose: RegExp): void {
    this.#rules.unshift({ about, choose });
  }

  /** Presses Back at the next question that has it. */
  goesBack(): void {
    this.#goesBack = true;
  }

  /** Neither answers nor closes dialogs about this. */
  ignores(about: RegExp): void {
    this.#ignored = about;
  }

  /** Takes this choice in the first dialog that was ignored. */
  answersLate(choice: string): void {
    this.#open.shift()?.(choice);
  }

  /** The first message about this, shown already or later. */
  async waitFor(about: RegExp): Promise<ShownMessage> {
    return becomes(() => this.messages.find(({ message }) => about.test(message)));
  }

  reset(): void {
    this.messages.length = 0;
    this.#rules.length = 0;
    this.#ignored = undefined;
    this.#goesBack = false;
    vscode.window.withProgress = this.#originals.withProgress;
  }

  /** Restores the dialogs of the workbench. */
  restore(): void {
    Object.assign(vscode.window, this.#originals);
  }

  async #answer(kind: ShownMessage['kind'], message: string, rest: Texts): Promise<string | undefined> {
    const [options = {}] = rest.filter((one) => typeof one !== 'string');
    const asRead = (text: string) => text.replaceAll('\u00a0', ' ');
    const offers = rest.filter((one) => typeof one === 'string');
    const { detail = '', modal = false } = options;
    this.messages.push({ kind, message: asRead(message), detail: asRead(detail), modal, offers });
    if (this.#ignored?.test(message)) return new Promise((resolve) => this.#open.push(resolve));
    return offers.find((offer) => this.#choiceFor(message)?.test(offer));
  }

  #answerPick(input: FakeInput): void {
    const item = this.#pick(input);
    if (this.#pressesBack(input)) return;
    if (item) input.accept([item]);
    else input.hide();
  }

  /** The last text is accepted, the others are validated before it. */
  #answerBox(input: FakeInput): void {
    if (this.#pressesBack(input)) return;
    this.mistakes = this.#typed.map((text) => input.type(text));
    if (this.#typed.length > 0) input.accept([]);
    else input.hide();
  }

  #pressesBack(input: FakeInput): boolean {
    if (!this.#goesBack || input.buttons.length === 0) return false;
    this.#goesBack = false;
    input.pressBack();
    return true;
  }

  #pick({
    items,
    title,
    step,
    totalSteps,
    ignoreFocusOut,
    activeItems = [],
  }: ShownPick): vscode.QuickPickItem | undefined {
    const [active] = activeItems;
    const lines = items.map(({ label, description, detail }) =>
      [label, description, detail].filter(Boolean).join(' | '),
    );
    this.messages.push({
      kind: 'showQuickPick',
      message: title,
      detail: lines.join('\n'),
      modal: true,
      offers: items.map(({ label }) => label),
      ...(step ? { step: `${step}/${totalSteps}`, staysOpen: ignoreFocusOut === true } : {}),
      ...(active ? { active: active.label } : {}),
    });
    return items.find(({ label }) => this.#choiceFor(title)?.test(label));
  }

  #choiceFor(message: string): RegExp | undefined {
    return this.#rules.find(({ about }) => about.test(message))?.choose;
  }
}

/** Stands in for a quick pick or an input box; asks for its answer once it is shown and filled. */
class FakeInput {
  title = '';
  step = 0;
  totalSteps = 0;
  ignoreFocusOut = false;
  value = '';
  validationMessage: string | undefined;
  buttons: readonly vscode.QuickInputButton[] = [];
  activeItems: readonly vscode.QuickPickItem[] = [];
  selectedItems: readonly vscode.QuickPickItem[] = [];
  readonly #ask: (input: FakeInput) => void;
  readonly #accepted = new vscode.EventEmitter<void>();
  readonly #hidden = new vscode.EventEmitter<void>();
  readonly #pressed = new vscode.EventEmitter<void>();
  readonly #changed = new vscode.EventEmitter<string>();
  readonly onDidAccept = this.#accepted.event;
  readonly onDidHide = this.#hidden.event;
  readonly onDidTriggerButton = this.#pressed.event;
  readonly onDidChangeValue = this.#changed.event;
  #items: readonly vscode.QuickPickItem[] = [];
  #isPick = false;

  constructor(ask: (input: FakeInput) => void) {
    this.#ask = ask;
  }

  /** Only quick picks have this. */
  set matchOnDescription(_: boolean) {
    this.#isPick = true;
  }

  get items(): readonly vscode.QuickPickItem[] {
    return this.#items;
  }

  set items(items: readonly vscode.QuickPickItem[]) {
    this.#items = items;
    this.#askSoon();
  }

  show(): void {
    if (!this.#isPick) this.#askSoon();
  }

  hide(): void {
    this.#hidden.fire();
  }

  dispose(): void {
    this.hide();
  }

  /** Returns the validation message. */
  type(text: string): string | undefined {
    this.value = text;
    this.#changed.fire(text);
    return this.validationMessage;
  }

  accept(items: readonly vscode.QuickPickItem[]): void {
    this.selectedItems = items;
    this.#accepted.fire();
  }

  pressBack(): void {
    this.#pressed.fire();
  }

  #askSoon(): void {
    setTimeout(() => this.#ask(this), 0);
  }
}

function pick<T, Key extends keyof T>(from: T, keys: readonly Key[]): Pick<T, Key> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, Key>;
}
