/** The questions before a drill or an outage; Enter takes the first choice. */

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
import { numberText } from '../base/text';
import type { Steps } from '../steps';
import { faultChoice } from './fault-text';

const t = vscode.l10n.t;

/** Durations of an outage; the first is the usual one. */
const offeredMs = [10_000, 5000, 30_000, 60_000, 300_000];

export function askFilter(steps: Steps): Promise<string> {
  return steps.text({
    prompt: t('Which connections? For example remote:5432, pid:42 remote:6379, process:node'),
    value: '',
    validate: (text) => {
      const parsed = parseActingFilter(text);
      return parsed.ok ? undefined : parsed.message;
    },
    more: 2,
  });
}

export function askFault(steps: Steps): Promise<Fault> {
  return steps.choose({
    placeHolder: t('What becomes of new connections?'),
    items: faults.map((value) => ({ value, ...faultChoice(t, value) })),
    more: 1,
  });
}

/** `more`: how many questions follow. */
export async function askDuration(steps: Steps, more: number): Promise<number> {
  const chosen = await steps.choose<number | null>({
    placeHolder: t('For how long?'),
    items: [
      ...offeredMs.map((value) => ({ value, label: durationText(value) })),
      { value: null, label: t('Other...') },
    ],
    more,
  });
  const prompt = t('For how long? Such as 500ms, 10s or 2m');
  return chosen ?? (await askMs(steps, { prompt, value: '10s', min: 1, max: limits.outageMs, more }));
}

/** The parameters of a drill without its filter. */
export async function askDrill(steps: Steps): Promise<Omit<DrillParams, 'filter'>> {
  const fault = await steps.choose<Fault | null>({
    placeHolder: t('What happens in each round?'),
    items: [
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
    ],
    more: 1,
  });
  const hold = fault === null ? null : { fault, ms: await askDuration(steps, 1) };
  return { ...(await askRounds(steps)), hold };
}

type Rounds = Omit<DrillParams, 'filter' | 'hold'>;

const usual: Rounds = { times: 5, everyMs: 5000, jitter: 0, waitMs: 30_000, end: 'local', oneOfPool: false };

async function askRounds(steps: Steps): Promise<Rounds> {
  const offer = (rounds: Partial<Rounds>, label: string) => ({ value: { ...usual, ...rounds }, label });
  const chosen = await steps.choose<Rounds | null>({
    placeHolder: t('How many rounds?'),
    items: [
      offer({}, t('5 rounds, 5 s after each recovery')),
      offer({ times: 1 }, t('1 round')),
      offer(
        { times: 20, everyMs: 2000, jitter: 0.2 },
        t('20 rounds, 2 s after each recovery, varied by 20 %'),
      ),
      offer({ oneOfPool: true }, t('5 rounds, one connection of a pool in each')),
      offer({ end: 'peer' }, t('5 rounds, cut at the other end (ECONNRESET)')),
      {
        value: null,
        label: t('Other...'),
        detail: t('Rounds, gap, variation, time to wait, end and pool, one by one'),
      },
    ],
    more: 0,
  });
  return chosen ?? askEach(steps);
}

async function askEach(steps: Steps): Promise<Rounds> {
  return {
    times: await askNumber(steps, {
      prompt: t('How many rounds?'),
      value: usual.times,
      max: limits.drillRounds,
      more: 5,
    }),
    everyMs: await askMs(steps, {
      prompt: t('Time from each recovery, or the end of its wait, to the next round'),
      value: '5s',
      min: 0,
      max: limits.drillMs,
      more: 4,
    }),
    jitter:
      (await askNumber(steps, {
        prompt: t('By how many percent does that vary?'),
        value: 0,
        max: 100,
        more: 3,
      })) / 100,
    waitMs: await askMs(steps, {
      prompt: t('How long to wait for a recovery'),
      value: '30s',
      min: 1,
      max: limits.drillMs,
      more: 2,
    }),
    end: await steps.choose({
      placeHolder: t('Which end is destroyed?'),
      items: ends.map((value) => ({
        value,
        label: value === 'local' ? t('Its own: it sees ECONNABORTED') : t("The peer's: it sees ECONNRESET"),
      })),
      more: 1,
    }),
    oneOfPool: await steps.choose({
      placeHolder: t('How many of the matching connections?'),
      items: [
        { value: false, label: t('All') },
        { value: true, label: t('One in each round') },
      ],
      more: 0,
    }),
  };
}

interface NumberQuestion {
  readonly prompt: string;
  readonly value: number;
  readonly max: number;
  readonly more: number;
}

async function askNumber(steps: Steps, { prompt, value, max, more }: NumberQuestion): Promise<number> {
  const validate = (text: string) =>
    /^\d{1,5}$/.test(text) && Number(text) <= max ? undefined : t('A number up to {0}', numberText(max));
  return Number(await steps.text({ prompt, value: String(value), validate, more }));
}

interface DurationQuestion {
  readonly prompt: string;
  readonly value: string;
  /** Milliseconds, as `max`. */
  readonly min: number;
  readonly max: number;
  readonly more: number;
}

/** Milliseconds. */
async function askMs(steps: Steps, { prompt, value, min, max, more }: DurationQuestion): Promise<number> {
  const isRight = (ms: number | null) => ms !== null && ms >= min && ms <= max;
  const validate = (text: string) =>
    isRight(parseDuration(text))
      ? undefined
      : t('A number and a unit, such as 500ms, 10s or 2m; at most {0}', durationText(max));
  return parseDuration(await steps.text({ prompt, value, validate, more })) ?? min;
}
