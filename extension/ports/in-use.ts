/** Notices that a program found its port taken, says who has it, and offers to free it. Does nothing unasked. */

import * as vscode from 'vscode';
import type { PortAnswer } from '../../agent/client/free-types';
import type { PortParams } from '../../agent/protocol';
import type { Context, Offer } from '../context';
import { Bag } from '../disposables';
import { settings } from '../ids';
import { type Again, againOffers } from './again';
import type { PortFreer } from './free-port';
import { readDebugConsoles, readTerminals } from './in-use-sources';
import type { PortInUse } from './in-use-text';
import { inUseText, portText } from './port-text';
import type { PortExplainer } from './why-busy';

const t = vscode.l10n.t;

/** Milliseconds in which the same port is not told of again. */
const quietFor = 10_000;

/** Where somebody said that a port is taken. */
export interface Origin {
  /** The terminal or debug session. */
  readonly place: object;
  /** Null: it cannot be run again from here. */
  again(): Promise<Again | null>;
}

export type Notice = (port: PortInUse, origin: Origin) => void;

export function activate(context: Context, explainer: PortExplainer, freer: PortFreer): void {
  const noticer = new Noticer(context, explainer, freer);
  let listening: Bag | undefined;
  const follow = () => {
    const wanted = vscode.workspace.getConfiguration().get(settings.noticePortInUse, true);
    if (!wanted) listening?.dispose();
    if (!wanted) listening = undefined;
    else listening ??= listen(noticer);
  };
  context.bag.add(
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration(settings.noticePortInUse) && follow(),
    ),
  );
  context.bag.add({ dispose: () => listening?.dispose() });
  follow();
}

function listen(noticer: Noticer): Bag {
  const bag = new Bag();
  const notice: Notice = (port, origin) => void noticer.notice(port, origin);
  readTerminals(bag, notice, (port, origin) => void noticer.choose(port, origin));
  readDebugConsoles(bag, notice);
  return bag;
}

/** When a port was last told of, at one place; `Infinity` while its notification stands. */
type Told = Map<string, number>;

/** What came of a notification: something was chosen, it was closed, or there was none. */
type Outcome = 'acted' | 'closed' | 'untold';

class Noticer {
  private readonly told = new WeakMap<object, Told>();

  constructor(
    private readonly context: Context,
    private readonly explainer: PortExplainer,
    private readonly freer: PortFreer,
  ) {}

  /** One notification for a port and place, and none within ten seconds of one, or while one stands. */
  async notice(port: PortInUse, origin: Origin): Promise<void> {
    const told = this.told.get(origin.place) ?? new Map<string, number>();
    this.told.set(origin.place, told);
    const key = `${port.protocol} ${port.port}`;
    const now = Date.now();
    if (now - (told.get(key) ?? -quietFor) < quietFor) return;
    told.set(key, Number.POSITIVE_INFINITY);
    const outcome = await this.tell(port, origin, false);
    // Whoever did something about it wants to know if that was in vain.
    if (outcome === 'closed') told.set(key, now);
    else told.delete(key);
  }

  /** Somebody asks for it. */
  async choose(port: PortInUse, origin: Origin): Promise<void> {
    await this.tell(port, origin, true);
  }

  /** Says who has it, with what to do; that it is free by now only where that was `asked`. */
  private async tell({ port, protocol }: PortInUse, origin: Origin, asked: boolean): Promise<Outcome> {
    const { log } = this.context;
    const params: PortParams = { port, protocol, netns: null };
    try {
      const answer = await this.explainer.look(params);
      const text = answer.free ? t('{0} is free by now.', portText(t, answer)) : inUseText(t, answer);
      log.info(`noticed: ${text}`);
      if (answer.free && !asked) return 'untold';
      const again = (await origin.again()) ?? undefined;
      const offers = answer.free ? againOffers(again) : this.offers(params, answer, again);
      return (await this.context.toast('info', text, offers)) ? 'acted' : 'closed';
    } catch (error) {
      log.warn(`noticed ${protocol} ${port}: ${error instanceof Error ? error.message : error}`);
      return 'untold';
    }
  }

  private offers(params: PortParams, answer: PortAnswer, again?: Again): Offer[] {
    return [
      { title: t('Free {0}', portText(t, answer)), run: () => this.freer.free(params, again) },
      { title: t('Why?'), run: () => this.explainer.show(params, again) },
    ];
  }
}
