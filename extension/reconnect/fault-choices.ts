/** The questions before a drill or an outage; Enter takes the first choice. Each rejects with Cancelled. */

import * as vscode from 'vscode';
import {
  type DrillParams,
  durationText,
  ends,
  type Fault,
  faults,
  limits,
  parseActingFilter,
  parseDuration,
} from '../../agent/protocol';
import { Cancelled } from '../context';
import { faultChoice } from './fault-text';

const t = vscode.l10n.t;

/** Durations of an outage; the first is the usual one. */
const offeredMs = [10_000, 5000, 30_000, 60_000, 300_000];

interface Choice<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

export async function askFilter(title: string): Promise<string> {
  return askText(
    title,
    t('Which connections? For example remote:5432, pid:42 remote:6379, process:node'),
    '',
    (text) => {
      const parsed = parseActingFilter(text);
      return parsed.ok ? undefined : parsed.message;
    },
  );
}

export function askFault(title: string): Promise<Fault> {
  return ask(
    title,
    t('What becomes of new connections?'),
    faults.map((value) => ({ value, ...faultChoice(t, value) })),
  );
}

export async function askDuration(title: string): Promise<number> {
  const chosen = await ask<number | null>(title, t('For how long?'), [
    ...offeredMs.map((value) => ({ value, label: durationText(value) })),
    { value: null, label: t('Other...') },
  ]);
  return (
    chosen ?? (await askMs(title, t('For how long? Such as 500ms, 10s or 2m'), '10s', 1, limits.outageMs))
  );
}

/** The parameters of a drill without its filter. */
export async function askDrill(title: string): Promise<Omit<DrillParams, 'filter'>> {
  const fault = await ask<Fault | null>(title, t('What happens in each round?'), [
    {
      value: null,
      label: t('Cut'),
      detail: t('Connections are destroyed; the remote can be reached all the time.'),
    },
    ...faults.map((value) => {
      const { label, detail } = faultChoice(t, value);
      const held = value === 'blackhole' ? t('Stall in a blackhole') : t('Cut and hold down: {0}', label);
      return { value, label: held, detail };
    }),
  ]);
  const hold = fault === null ? null : { fault, ms: await askDuration(title) };
  return { ...(await askRounds(title)), hold };
}

type Rounds = Omit<DrillParams, 'filter' | 'hold'>;

const usual: Rounds = { times: 5, everyMs: 5000, jitter: 0, waitMs: 30_000, end: 'local', oneOfPool: false };

async function askRounds(title: string): Promise<Rounds> {
  const offer = (rounds: Partial<Rounds>, label: string) => ({ value: { ...usual, ...rounds }, label });
  const chosen = await ask<Rounds | null>(title, t('How many rounds?'), [
    offer({}, t('5 rounds, 5 s after each recovery')),
    offer({ times: 1 }, t('1 round')),
    offer({ times: 20, everyMs: 2000, jitter: 0.2 }, t('20 rounds, 2 s after each recovery, varied by 20 %')),
    offer({ oneOfPool: true }, t('5 rounds, one connection of a pool in each')),
    offer({ end: 'peer' }, t('5 rounds, cut at the other end (ECONNRESET)')),
    {
      value: null,
      label: t('Other...'),
      detail: t('Rounds, gap, variation, time to wait, end and pool, one by one'),
    },
  ]);
  return chosen ?? askEach(title);
}

async function askEach(title: string): Promise<Rounds> {
  return {
    times: await askNumber(title, t('How many rounds?'), usual.times, limits.drillRounds),
    everyMs: await askMs(
      title,
      t('Time from each recovery, or the end of its wait, to the next round'),
      '5s',
      0,
      limits.drillMs,
    ),
    jitter: (await askNumber(title, t('By how many percent does that vary?'), 0, 100)) / 100,
    waitMs: await askMs(title, t('How long to wait for a recovery'), '30s', 1, limits.drillMs),
    end: await ask(
      title,
      t('Which end is destroyed?'),
      ends.map((value) => ({
        value,
        label: value === 'local' ? t('Its own: it sees ECONNABORTED') : t("The peer's: it sees ECONNRESET"),
      })),
    ),
    oneOfPool: await ask(title, t('How many of the matching connections?'), [
      { value: false, label: t('All') },
      { value: true, label: t('One in each round') },
    ]),
  };
}

async function askNumber(title: string, prompt: string, value: number, max: number): Promise<number> {
  const wrong = (text: string) =>
    /^\d{1,5}$/.test(text) && Number(text) <= max ? undefined : t('A number up to {0}', max);
  return Number(await askText(title, prompt, String(value), wrong));
}

async function askMs(
  title: string,
  prompt: string,
  value: string,
  min: number,
  max: number,
): Promise<number> {
  const isRight = (ms: number | null) => ms !== null && ms >= min && ms <= max;
  const wrong = (text: string) =>
    isRight(parseDuration(text))
      ? undefined
      : t('A number and a unit, such as 500ms, 10s or 2m; at most {0}', durationText(max));
  return parseDuration(await askText(title, prompt, value, wrong)) ?? min;
}

async function askText(
  title: string,
  prompt: string,
  value: string,
  validateInput: (text: string) => string | undefined,
): Promise<string> {
  const text = await vscode.window.showInputBox({ title, prompt, value, validateInput });
  if (text === undefined) throw new Cancelled();
  return text.trim();
}

async function ask<Value>(
  title: string,
  placeHolder: string,
  items: readonly Choice<Value>[],
): Promise<Value> {
  const choice = await vscode.window.showQuickPick(items, { title, placeHolder });
  if (!choice) throw new Cancelled();
  return choice.value;
}
