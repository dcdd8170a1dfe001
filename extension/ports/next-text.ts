/** What can be done next about a port, as this editor does it. Pure; escapes all names. */

import type { NextStep } from '../../agent/client/ports/free-types';
import { portArgument } from '../../agent/common/process-text';
import type { PortParams } from '../../agent/protocol';
import { inEditorWords } from '../base/editor-words';
import { plain, type Translate } from '../base/text';

/** `agent`: starts it; `scope`: its setting; `run`: a command in a terminal. */
export type NextAct =
  | { readonly kind: 'free'; readonly options: NonNullable<NextStep['free']> }
  | { readonly kind: 'agent' }
  | { readonly kind: 'scope' }
  | { readonly kind: 'run'; readonly command: string };

export interface NextOffer {
  readonly act: NextAct;
  readonly title: string;
  /** What it does, or why it comes first. */
  readonly why: string;
}

export function nextOffer(t: Translate, port: PortParams, { command, why, free }: NextStep): NextOffer {
  const act = actOf(command, free);
  return { act, title: titleOf(t, port, act), why: plain(inEditorWords(t, why), 1000) };
}

/** Frees exactly the port that was asked about, as Free Port does. */
export function isPlainFree({ act }: NextOffer, { addresses = [] }: PortParams): boolean {
  return (
    act.kind === 'free' &&
    !act.options.includeInheritors &&
    !act.options.includeSessions &&
    act.options.addresses.join() === addresses.join()
  );
}

function actOf(command: string, free: NextStep['free']): NextAct {
  if (free) return { kind: 'free', options: free };
  if (!command.startsWith('sudo sockscope agent ')) return { kind: 'run', command };
  return { kind: command.endsWith(' --scope all') ? 'scope' : 'agent' };
}

function titleOf(t: Translate, port: PortParams, act: NextAct): string {
  switch (act.kind) {
    case 'free': {
      const where = plain(portArgument({ port: port.port, addresses: act.options.addresses }), 200);
      if (act.options.includeInheritors) return t('Free {0}, With What Only Inherited Its Socket', where);
      return act.options.includeSessions
        ? t('Free {0}, With the Sessions That Its Holder Carries', where)
        : t('Free {0}', where);
    }
    case 'agent':
      return t('Start Agent');
    case 'scope':
      return t('Open Setting sockscope.agent.scope');
    case 'run':
      return t('Run in Terminal: {0}', plain(act.command, 400));
  }
}
