/**
 * Texts in the source of the extension: those that go through `vscode.l10n.t`, or through the `t` of a pure module, and those
 * that a user could see and that do not.
 */

import { type Node, parseSync, visitorKeys } from 'oxc-parser';

export interface SourceTexts {
  /** First arguments of `t`. */
  readonly translated: readonly string[];
  /** Calls of `t` whose first argument is no text, so that no bundle can have it: `file:line code`. */
  readonly unnamed: readonly string[];
  /** Other texts: `file:line "text"`, with `{}` for each expression. */
  readonly plain: readonly string[];
}

type Call = Extract<Node, { type: 'CallExpression' | 'NewExpression' }>;

/** What VS Code and the code around it show of an object. */
const shownProperties = new Set([
  ...['label', 'description', 'detail', 'tooltip', 'title', 'placeHolder', 'placeholder', 'prompt'],
  ...['message', 'text', 'validationMessage', 'heading', 'failure'],
]);

/** What shows its arguments, with errors. */
const shows = /(^|\.)(show\w+Message|setStatusBarMessage|toast|TreeItem|\w*Error|NotStarted|withDeadline)$/;

/** The log stays English. */
const logs = /\blog\.(trace|debug|info|warn|error)$/;

const translates = /(^|\bl10n\.)t$/;

/** Parts of a text that are no words: icons, terms of a filter, names of settings, and tags. */
const wordless = /\$\([\w-]+\)|\b[a-z]+:[\w{},-]*|\bsockscope\.\w+|<[^>]*>/g;
const word = /\p{L}{2,}/u;
const sentence = /\p{L}{2,}[ ,:{}]+\p{L}{2,}/u;
/** Their first argument is the kind of a notification. */
const showsByKind = /(^|\.)toast$/;

/** Nodes whose text is that of their parts. */
const composed = new Set(['LogicalExpression', 'ArrayExpression', 'SpreadElement', 'TSAsExpression']);

export function textsIn(file: string, source: string): SourceTexts {
  const { program, errors } = parseSync(file, source);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const reader = new TextReader(file, source);
  reader.visit(program, false);
  return reader;
}

class TextReader implements SourceTexts {
  readonly translated: string[] = [];
  readonly unnamed: string[] = [];
  readonly plain: string[] = [];
  readonly #file: string;
  readonly #source: string;

  constructor(file: string, source: string) {
    this.#file = file;
    this.#source = source;
  }

  /** `shown`: the node's value is shown, so that a single word is a text. */
  visit(node: Node, shown: boolean): void {
    if (isNoCode(node)) return;
    this.#visitText(node, shown);
    switch (node.type) {
      case 'CallExpression':
      case 'NewExpression':
        this.#visitCall(node);
        break;
      case 'Property':
        this.visit(node.value, isShown(this.#code(node.key)));
        break;
      case 'AssignmentExpression':
        this.visit(node.right, isShown(this.#code(node.left)));
        break;
      case 'ConditionalExpression':
        this.visit(node.test, false);
        this.visit(node.consequent, shown);
        this.visit(node.alternate, shown);
        break;
      default:
        this.#visitParts(node, shown && (composed.has(node.type) || isSum(node)));
    }
  }

  #visitText(node: Node, shown: boolean): void {
    const text = textOf(node)?.replace(wordless, '');
    if (text !== undefined && (shown ? word : sentence).test(text))
      this.plain.push(this.#place(node, JSON.stringify(textOf(node))));
  }

  #visitCall(call: Call): void {
    const callee = this.#code(call.callee);
    if (logs.test(callee)) return;
    this.visit(call.callee, false);
    const [first, ...more] = call.arguments;
    if (first && translates.test(callee)) {
      this.#translate(first);
      for (const argument of more) this.visit(argument, false);
      return;
    }
    const texts = showsByKind.test(callee) ? more : call.arguments;
    for (const argument of texts) this.visit(argument, shows.test(callee));
  }

  #translate(first: Node): void {
    const text = first.type === 'Literal' ? textOf(first) : undefined;
    if (text === undefined) this.unnamed.push(this.#place(first, this.#code(first)));
    else this.translated.push(text);
  }

  #visitParts(node: Node, shown: boolean): void {
    for (const key of visitorKeys[node.type] ?? []) {
      const parts = (node as unknown as Record<string, Node | null | undefined | (Node | null)[]>)[key];
      for (const part of [parts].flat()) if (part) this.visit(part, shown);
    }
  }

  #code({ start, end }: { readonly start: number; readonly end: number }): string {
    return this.#source.slice(start, end);
  }

  #place({ start }: Node, what: string): string {
    return `${this.#file}:${this.#source.slice(0, start).split('\n').length} ${what}`;
  }
}

/** Imports and types. */
function isNoCode(node: Node): boolean {
  if ('source' in node && node.source && node.type !== 'ImportExpression') return true;
  return node.type.startsWith('TS') && !('expression' in node);
}

/** By the last name of `item.label`. */
function isShown(name: string): boolean {
  return shownProperties.has(name.slice(name.lastIndexOf('.') + 1));
}

function isSum(node: Node): boolean {
  return node.type === 'BinaryExpression' && node.operator === '+';
}

/** Of a string or template. */
function textOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  return node.quasis.map(({ value }) => value.cooked ?? '').join('{}');
}
