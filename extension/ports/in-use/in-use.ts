/** Detects that a program found its port taken, shows the holder, and offers to free the port. Does nothing unasked. */

import * as vscode from 'vscode';
import type { PortAnswer } from '../../../agent/client/ports/free-types';
import type { PortParams } from '../../../agent/protocol';
import { DisposableStore } from '../../base/disposables';
import { settings } from '../../base/ids';
import type { Context, Offer } from '../../context';
import type { PortFreer } from '../free-port';
import { inUseText, mayBeFreed, portText } from '../port-text';
import type { PortExplainer } from '../why-busy';
import { type InUseNotice, InUseOnce } from './in-use-once';
import { type Notice, type Origin, readDebugConsoles, readTerminals } from './in-use-sources';
import type { PortInUse } from './in-use-text';
import { type Rerun, rerunOffers } from './rerun';

const t = vscode.l10n.t;

export function activate(context: Context, explainer: PortExplainer, freer: PortFreer): void {
  const noticer = new Noticer(context, explainer, freer);
  let listening: DisposableStore | undefined;
  const follow = () => {
    const wanted = vscode.workspace.getConfiguration().get(settings.noticePortInUse, true);
    if (!wanted) listening?.dispose();
    if (!wanted) listening = undefined;
    else listening ??= listen(noticer);
  };
  context.disposables.add(
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration(settings.noticePortInUse) && follow(),
    ),
  );
  context.disposables.add({ dispose: () => listening?.dispose() });
  follow();
}

function listen(noticer: Noticer): DisposableStore {
  const disposables = new DisposableStore();
  const notice: Notice = (port, origin) => void noticer.notice(port, origin);
  readTerminals(disposables, notice, (port, origin) => void noticer.choose(port, origin));
  readDebugConsoles(disposables, notice);
  return disposables;
}

class Noticer {
  readonly #context: Context;
  readonly #explainer: PortExplainer;
  readonly #freer: PortFreer;
  readonly #once = new InUseOnce();

  constructor(context: Context, explainer: PortExplainer, freer: PortFreer) {
    this.#context = context;
    this.#explainer = explainer;
    this.#freer = freer;
  }

  async notice(port: PortInUse, origin: Origin): Promise<void> {
    await this.#attempt(port, () => this.#once.notice(port, () => this.#makeNotice(port, origin, false)));
  }

  /** After a click on a link. */
  async choose(port: PortInUse, origin: Origin): Promise<void> {
    await this.#attempt(port, async () => (await this.#makeNotice(port, origin, true))?.show());
  }

  async #attempt({ protocol, port }: PortInUse, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#context.log.warn(
        `noticed ${protocol} ${port}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** The holder and actions. Null for a port that is free by now, unless the user `requested` the notice. */
  async #makeNotice(
    { port, protocol }: PortInUse,
    origin: Origin,
    requested: boolean,
  ): Promise<InUseNotice | null> {
    const params: PortParams = { port, protocol, netns: null };
    const answer = await this.#explainer.explain(params);
    const text = answer.free ? t('{0} is free by now.', portText(t, answer)) : inUseText(t, answer);
    this.#context.log.info(`noticed: ${text}`);
    if (answer.free && !requested) return null;
    const rerun = (await origin.rerun()) ?? undefined;
    const offers = answer.free ? rerunOffers(rerun) : this.#offers(params, answer, rerun);
    return { text, show: () => this.#context.toast('info', text, offers) };
  }

  #offers(params: PortParams, answer: PortAnswer, rerun?: Rerun): Offer[] {
    const free = { title: t('Free {0}', portText(t, answer)), run: () => this.#freer.free(params, rerun) };
    const why = { title: t('Why?'), run: () => this.#explainer.show(params, rerun) };
    return mayBeFreed(answer) ? [free, why] : [why];
  }
}
