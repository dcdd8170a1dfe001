/** The menu items that the manifest puts on rows of the views. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';

interface MenuItem {
  readonly command: string;
  readonly when: string;
}

interface Contributes {
  readonly commands: readonly { readonly command: string }[];
  readonly menus: Readonly<Record<'view/title' | 'view/item/context', readonly MenuItem[]>>;
}

export function contributes(): Contributes {
  return vscode.extensions.getExtension('sockscope.sockscope')?.packageJSON.contributes;
}

/** The supported conditions of `when` clauses; any other one is an error. */
const clause = /^view == (\S+) && viewItem (?:=~ \/(.+)\/|== (\w+))$/;

/** The items of context menus, also the icons at the end of rows, that are on rows of that contextValue. */
export function itemsOn(view: string, contextValue: string): readonly MenuItem[] {
  return contributes().menus['view/item/context'].filter(({ when }) => {
    const [, at, pattern, word] = clause.exec(when) ?? assert.fail(`a clause of another form: ${when}`);
    return at === view && (pattern ? new RegExp(pattern).test(contextValue) : word === contextValue);
  });
}
