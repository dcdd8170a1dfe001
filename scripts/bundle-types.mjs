/**
 * Puts the types that a module exports, and all that they are made of, into one declaration file that imports nothing. Made for
 * what tsc emits: one statement after the other, each at the left edge, with its comment before it.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './lib/run.mjs';

const comment = /\/\*\*[\s\S]*?\*\//g;

/** Without `export`: the file ends with a list of what it exports. */
function toPlain(statement) {
  const plain = statement.replace(/^export /m, '').trimEnd();
  return /^(declare|interface|type) /m.test(plain) ? plain : `declare ${plain}`;
}

/** The statements of a file: those that declare by name, and where the names that it imports or passes on come from. */
function readModule(file) {
  const text = readFileSync(file, 'utf8');
  const declared = new Map();
  /** No type is made of functions, but a member may be called as one. */
  const functions = new Set();
  const statements = text.split(/^(?=\/\*\*|import |export |declare )/m);
  let lead = '';
  for (const statement of statements) {
    const [, name] =
      /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/.exec(
        statement,
      ) ?? [];
    if (name) declared.set(name, [...(declared.get(name) ?? []), toPlain(lead + statement)]);
    if (name && /function \w/.test(statement)) functions.add(name);
    lead = statement.startsWith('/**') ? statement : '';
  }
  const sources = new Map();
  const passed = /^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']*)'/gm;
  for (const [, names, from] of text.matchAll(passed))
    for (const one of names
      .split(',')
      .map((word) => word.trim().replace(/^type /, ''))
      .filter(Boolean)) {
      if (one.includes(' as ')) throw new Failure(`${file} renames ${one}, which these types cannot follow.`);
      sources.set(one, join(dirname(file), from));
    }
  return { declared, functions, sources };
}

class Types {
  #modules = new Map();
  /** Name: where it is declared, and how. */
  bundled = new Map();

  module(file) {
    if (!this.#modules.has(file)) this.#modules.set(file, readModule(file));
    return this.#modules.get(file);
  }

  /** A folder stands for all of its files: its index exports them all. */
  #filesOf(source) {
    if (existsSync(`${source}.d.ts`)) return [`${source}.d.ts`];
    return readdirSync(source)
      .filter((name) => name.endsWith('.d.ts'))
      .map((name) => join(source, name));
  }

  /** Takes in a name as `file` means it; other names (of the language, of Node) are left alone. */
  add(name, file) {
    const { declared, sources } = this.module(file);
    const source = sources.get(name);
    const files = declared.has(name) ? [file] : source ? this.#filesOf(source) : [];
    const found = files.find((one) => this.module(one).declared.has(name));
    if (!found) {
      if (source) throw new Failure(`${name}, which ${file} names, is not declared in ${source}.`);
      return;
    }
    const before = this.bundled.get(name);
    if (before?.found === found) return;
    if (before) throw new Failure(`${name} is declared in ${before.found} and in ${found}: rename one.`);
    // A type and a value may have the same name.
    const statement = this.module(found).declared.get(name).join('\n\n');
    this.bundled.set(name, { found, statement });
    for (const [word] of statement.replaceAll(comment, '').matchAll(/\b[A-Za-z_]\w*\b/g))
      if (!this.module(found).functions.has(word)) this.add(word, found);
  }
}

/** `index`: a file that tsc emitted, which only passes names on. Returns the text of the declaration file. */
export function bundleTypes(index) {
  const types = new Types();
  const names = [...types.module(index).sources.keys()];
  for (const name of names) types.add(name, index);
  const statements = [...types.bundled.values()].map(({ statement }) => statement);
  return `/// <reference lib="esnext.disposable" />\n\n${statements.join('\n\n')}\n\nexport { ${names.sort().join(', ')} };\n`;
}
