/** Reads the file of a scenario. Mistakes are named with their line and column. */

import * as v from 'valibot';
import { isAlias, isMap, isNode, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { scenarioSchema } from './schema';
import type { Scenario } from './steps';

interface Mistake {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type ReadScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  /** In the order of the file. */
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

type Document = ReturnType<typeof parseDocument>;

export function readScenario(text: string): ReadScenario {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const at = (offset: number, message: string): Mistake => ({ ...placeOf(text, offset), message });
  const unread = [...document.errors, ...document.warnings];
  if (unread.length > 0) return refused(unread.map(({ pos: [start], message }) => at(start, message)));
  const plain = plainOf(document);
  if (plain instanceof Error) return refused([at(0, plain.message)]);
  const parsed = v.safeParse(scenarioSchema, plain);
  if (parsed.success) return { ok: true, scenario: parsed.output };
  return refused(parsed.issues.map((issue) => at(offsetOf(document, issue.path ?? []), issue.message)));
}

/** The line counter of `yaml` misses lines in texts that do not end. */
function placeOf(text: string, offset: number): Pick<Mistake, 'line' | 'column'> {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** Each once: two rules may say the same of one value. */
function refused(mistakes: readonly Mistake[]): ReadScenario {
  const each = new Map(mistakes.map((one) => [`${one.line}:${one.column}:${one.message}`, one]));
  const inOrder = [...each.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, mistakes: inOrder };
}

/** An Error where aliases of aliases would make too much of it. */
function plainOf(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

interface PathItem {
  readonly key: unknown;
  readonly origin?: 'key' | 'value' | null;
}

/** Of the value that a path leads to, of the key where that is wrong, or of what lacks it. */
function offsetOf(document: Document, path: readonly PathItem[]): number {
  let node: unknown = document.contents;
  for (const { key, origin } of path) {
    const inside = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(inside) ? inside.items.find((one) => keyOf(one.key) === String(key)) : undefined;
    const next = isSeq(inside) ? inside.items[Number(key)] : origin === 'key' ? pair?.key : pair?.value;
    if (!isNode(next)) break;
    node = next;
  }
  return startOf(node);
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

/** 0: the file is empty. */
function startOf(node: unknown): number {
  return (isNode(node) ? (node as Node).range?.[0] : null) ?? 0;
}
