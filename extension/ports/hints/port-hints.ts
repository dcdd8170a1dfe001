/**
 * Hovers and code lenses with the holders of the ports that a document names. No request is sent without such a document,
 * and lenses are refreshed only after an event: the view changed, the window got the focus, a file was saved.
 */

import * as vscode from 'vscode';
import type { PortMention } from '../../../agent/client/project-ports/compose-ports';
import {
  type DocumentKind,
  documentKinds,
  portsIn,
  portsOf,
} from '../../../agent/client/project-ports/port-mentions';
import type { ViewChange } from '../../../agent/protocol';
import { DisposableStore } from '../../base/disposables';
import { commands, settings } from '../../base/ids';
import { forQuickPick } from '../../base/text';
import type { AgentLink } from '../../connection/agent-link';
import type { Context } from '../../context';
import type { LiveView } from '../../tree/live-view';
import { hintText, isBusy, type PortFacts } from '../port-facts';
import { maxAgeMs, PortFactsCache } from './port-facts-cache';
import { type HintPlaces, hintPlaces } from './port-hint-places';
import { portHover } from './port-hover';

const t = vscode.l10n.t;

const files = (pattern: string): vscode.DocumentFilter => ({ scheme: 'file', pattern });
const inLanguages = (...names: string[]): readonly vscode.DocumentFilter[] =>
  names.map((language) => ({ scheme: 'file', language }));

const documents: Readonly<Record<DocumentKind, readonly vscode.DocumentFilter[]>> = {
  environment: [files('**/.env*')],
  package: [files('**/package.json')],
  compose: [files('**/{docker-compose,compose}*.{yml,yaml}')],
  launch: [files('**/{launch,tasks}.json')],
  script: inLanguages('javascript', 'javascriptreact', 'typescript', 'typescriptreact'),
  python: inLanguages('python'),
  go: inLanguages('go'),
  ruby: inLanguages('ruby'),
  php: inLanguages('php'),
  rust: inLanguages('rust'),
  java: inLanguages('java'),
};
const everyDocument = Object.values(documents).flat();

function kindOf(document: vscode.TextDocument): DocumentKind | undefined {
  return documentKinds.find((kind) => vscode.languages.match(documents[kind], document) > 0);
}

class PortLens extends vscode.CodeLens {
  constructor(
    range: vscode.Range,
    readonly port: number,
    /** All ports of its document. */
    readonly ports: readonly number[],
  ) {
    super(range);
  }
}

class PortHints implements vscode.HoverProvider, vscode.CodeLensProvider<PortLens>, vscode.Disposable {
  readonly #context: Context;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #cache: PortFactsCache;
  readonly #mentionsOf = new WeakMap<
    vscode.TextDocument,
    { version: number; found: readonly PortMention[] }
  >();
  #registered = new DisposableStore();
  #shown: HintPlaces = { hovers: false, lenses: false };
  #refreshing: NodeJS.Timeout | undefined;
  #failure: string | undefined;
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(context: Context) {
    this.#context = context;
    this.#cache = new PortFactsCache(context.link);
  }

  /** Registers the providers that the setting asks for. */
  place(wanted: HintPlaces): void {
    if (wanted.hovers === this.#shown.hovers && wanted.lenses === this.#shown.lenses) return;
    this.#registered.dispose();
    this.#registered = new DisposableStore();
    this.#shown = wanted;
    const { languages } = vscode;
    if (wanted.hovers) this.#registered.add(languages.registerHoverProvider(everyDocument, this));
    if (wanted.lenses) this.#registered.add(languages.registerCodeLensProvider(everyDocument, this));
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const mentions = this.#mentions(document);
    const at = document.offsetAt(position);
    const mention = mentions.find(({ start, end }) => start <= at && at <= end);
    const facts = mention && (await this.#facts(portsOf(mentions)))?.get(mention.port);
    return facts && portHover(mention.port, facts, rangeOf(document, mention));
  }

  provideCodeLenses(document: vscode.TextDocument): PortLens[] {
    const mentions = this.#mentions(document);
    const ports = portsOf(mentions);
    const lenses = new Map<string, PortLens>();
    for (const mention of mentions) {
      const range = rangeOf(document, mention);
      // One lens for each port of a line.
      lenses.set(`${range.start.line}:${mention.port}`, new PortLens(range, mention.port, ports));
    }
    return [...lenses.values()];
  }

  /** Called for visible lenses only. */
  async resolveCodeLens(lens: PortLens): Promise<PortLens> {
    const facts = (await this.#facts(lens.ports))?.get(lens.port);
    lens.command = facts
      ? lensCommand(lens.port, facts)
      : { title: t('{0}: not known', String(lens.port)), command: '' };
    return lens;
  }

  /** Refreshes visible lenses, at most once in maxAgeMs. */
  refreshSoon(): void {
    if (!this.#shown.lenses || this.#refreshing || !isAnyVisible()) return;
    this.#refreshing = setTimeout(() => {
      this.#refreshing = undefined;
      this.#cache.forget();
      this.#changed.fire();
    }, maxAgeMs);
  }

  dispose(): void {
    clearTimeout(this.#refreshing);
    this.#registered.dispose();
    this.#changed.dispose();
  }

  #mentions(document: vscode.TextDocument): readonly PortMention[] {
    const cached = this.#mentionsOf.get(document);
    if (cached?.version === document.version) return cached.found;
    const kind = kindOf(document);
    const found = kind ? portsIn(document.getText(), kind) : [];
    this.#mentionsOf.set(document, { version: document.version, found });
    return found;
  }

  /** Undefined after a failure, which is logged once. */
  async #facts(ports: readonly number[]): Promise<ReadonlyMap<number, PortFacts> | undefined> {
    try {
      const facts = await this.#cache.facts(ports);
      this.#failure = undefined;
      return facts;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#failure) this.#context.log.warn(`port hints: ${message}`);
      this.#failure = message;
      return undefined;
    }
  }
}

function rangeOf(document: vscode.TextDocument, { start, end }: PortMention): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}

/** Code lenses turn `$(name)` into an icon, as quick picks do. Without a command, a lens is plain text. */
function lensCommand(port: number, facts: PortFacts): vscode.Command {
  const title = forQuickPick(hintText(t, port, facts));
  return { title, command: isBusy(facts) ? commands.whyBusy : '', arguments: [port] };
}

function isAnyVisible(): boolean {
  return vscode.window.visibleTextEditors.some(({ document }) => kindOf(document) !== undefined);
}

function isChange({ groups, rows }: ViewChange): boolean {
  return groups.set.length + groups.gone.length + Object.keys(rows).length > 0;
}

function wantedPlaces(): HintPlaces {
  return hintPlaces(vscode.workspace.getConfiguration().get(settings.portHints), vscode.workspace.isTrusted);
}

/** Calls back on a change between observer and agent, which sees more; a reconnect to the same one is ignored. */
function onModeChange(link: AgentLink, changed: () => void): vscode.Disposable {
  let before = link.mode;
  return link.onDidChange(() => {
    const { mode } = link;
    if (mode === 'none' || mode === before) return;
    before = mode;
    changed();
  });
}

export function activate(context: Context, live: LiveView): void {
  const { disposables } = context;
  const hints = disposables.add(new PortHints(context));
  const place = () => hints.place(wantedPlaces());
  const refresh = () => hints.refreshSoon();
  disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(place));
  disposables.add(
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration(settings.portHints) && place(),
    ),
  );
  disposables.add(live.onDidUpdate((change) => change && isChange(change) && refresh()));
  disposables.add(onModeChange(context.link, refresh));
  disposables.add(vscode.window.onDidChangeWindowState(({ focused }) => focused && refresh()));
  disposables.add(vscode.workspace.onDidSaveTextDocument(refresh));
  place();
}
