/** Answers the extension's questions in the place of a person, whose answers the workbench refuses while tests run. */

import * as vscode from 'vscode';
import { becomes } from './sockscope';

/** A dialog, notification or quick pick, with what it offered. */
export interface Said {
  readonly kind: (typeof asking)[number] | 'showQuickPick';
  readonly message: string;
  /** Of a modal dialog; of quick picks, all lines. */
  readonly detail: string;
  readonly modal: boolean;
  readonly offers: readonly string[];
}

interface Rule {
  readonly about: RegExp;
  readonly choose: RegExp;
}

const asking = ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'] as const;

type Texts = (string | vscode.MessageOptions)[];

export class ScriptedPerson {
  readonly said: Said[] = [];
  /** What the last input box thought of each text. */
  mistakes: readonly unknown[] = [];
  private typed: readonly string[] = [];
  private readonly rules: Rule[] = [];
  private overlooked: RegExp | undefined;
  private readonly originals = pick(vscode.window, [
    ...asking,
    'showQuickPick',
    'showInputBox',
    'withProgress',
  ]);

  constructor() {
    const window = vscode.window as unknown as Record<string, unknown>;
    for (const name of asking)
      window[name] = async (message: string, ...rest: Texts) => this.asked(name, message, rest);
    window.showQuickPick = async (
      items: readonly vscode.QuickPickItem[] | Thenable<readonly vscode.QuickPickItem[]>,
      options: vscode.QuickPickOptions = {},
    ) => this.picks(await items, options.title ?? '');
    window.showInputBox = async ({ validateInput }: vscode.InputBoxOptions = {}) => {
      this.mistakes = await Promise.all(this.typed.map((text) => validateInput?.(text)));
      return this.typed.at(-1);
    };
  }

  /** Loses patience with whatever shows progress, after so many milliseconds. */
  cancelsAfter(ms: number): void {
    vscode.window.withProgress = (_, work) => {
      const source = new vscode.CancellationTokenSource();
      setTimeout(() => source.cancel(), ms);
      return work({ report: () => {} }, source.token);
    };
  }

  /** Into the next input box, of which the last is meant. */
  types(...texts: string[]): void {
    this.typed = texts;
  }

  /** Of what is said about this, the first offer that fits is taken, each time; anything else is closed. */
  will(about: RegExp, choose: RegExp): void {
    this.rules.unshift({ about, choose });
  }

  /** Neither answers nor closes what is said about this. */
  overlooks(about: RegExp): void {
    this.overlooked = about;
  }

  /** What was said about this, once it is. */
  async hears(about: RegExp): Promise<Said> {
    return becomes(() => this.said.find(({ message }) => about.test(message)));
  }

  forget(): void {
    this.said.length = 0;
    this.rules.length = 0;
    this.overlooked = undefined;
    vscode.window.withProgress = this.originals.withProgress;
  }

  /** Gives the dialogs back. */
  leave(): void {
    Object.assign(vscode.window, this.originals);
  }

  private async asked(kind: Said['kind'], message: string, rest: Texts): Promise<string | undefined> {
    const [options = {}] = rest.filter((one) => typeof one !== 'string');
    const offers = rest.filter((one) => typeof one === 'string');
    this.said.push({ kind, message, detail: options.detail ?? '', modal: options.modal ?? false, offers });
    if (this.overlooked?.test(message)) return new Promise(() => {});
    return offers.find((offer) => this.choiceFor(message)?.test(offer));
  }

  private picks(items: readonly vscode.QuickPickItem[], title: string): vscode.QuickPickItem | undefined {
    const lines = items.map(({ label, description, detail }) =>
      [label, description, detail].filter(Boolean).join(' | '),
    );
    this.said.push({
      kind: 'showQuickPick',
      message: title,
      detail: lines.join('\n'),
      modal: true,
      offers: items.map(({ label }) => label),
    });
    return items.find(({ label }) => this.choiceFor(title)?.test(label));
  }

  private choiceFor(message: string): RegExp | undefined {
    return this.rules.find(({ about }) => about.test(message))?.choose;
  }
}

function pick<T, Key extends keyof T>(from: T, keys: readonly Key[]): Pick<T, Key> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, Key>;
}
