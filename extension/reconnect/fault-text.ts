/** Texts of drills and outages, and of degrades that run. Pure. */

import {
  type DrillParams,
  type DrillResult,
  degradations,
  durationText,
  type Fault,
  formatEndpoint,
  type Outage,
  type OutageParams,
  type Round,
  type Socket,
  type Verdict,
} from '../../agent/protocol';
import type { Question } from '../actions/destroy-text';
import { forScreen } from '../base/editor-words';
import { numberText, plain, type Translate } from '../base/text';
import { processText, programText } from '../tree/process-text';
import { processesOf } from '../tree/sockets';
import { ownersList } from './aim-filter';
import { countConnections } from './timeline/timeline-summary';

/** Name of a fault in a quick pick, and its effect on programs. */
export function faultChoice(t: Translate, fault: Fault): { readonly label: string; readonly detail: string } {
  const texts: Record<Fault, () => { label: string; detail: string }> = {
    refused: () => ({
      label: t('Refused'),
      detail: t('Connects fail at once with ECONNREFUSED, as when the server is down.'),
    }),
    unreachable: () => ({
      label: t('Unreachable'),
      detail: t('Connects fail at once with EHOSTUNREACH, as without a route.'),
    }),
    denied: () => ({
      label: t('Denied'),
      detail: t('Connects fail at once with EPERM, as behind a local firewall.'),
    }),
    blackhole: () => ({
      label: t('Blackhole'),
      detail: t('Packets vanish: connects time out, and live connections stall without an error.'),
    }),
  };
  return texts[fault]();
}

/** The question before a drill. `matching`: the visible connections that match now. */
export function drillQuestion(t: Translate, params: DrillParams, matching: readonly Socket[]): Question {
  const { filter, times, everyMs, waitMs, hold } = params;
  const rounds =
    times === 1
      ? t('Once')
      : t('{0} times, {1} after each recovery', numberText(times), durationText(everyMs));
  const parts = [
    t('{0}: {1}', rounds, actText(t, params)),
    affectedText(t, matching),
    t(
      'Sockscope then records for at most {0} how they connect again. No process is ended, but one that does not handle the error may end itself.',
      durationText(waitMs + (hold?.ms ?? 0)),
    ),
  ];
  return { message: t('Drill {0}?', aimText(filter, matching)), detail: parts.join('\n\n') };
}

/** Where what matches is not what the last question was about. */
export function askedAgain(t: Translate, { message, detail }: Question, again: boolean): Question {
  if (!again) return { message, detail };
  return { message, detail: `${t('Nothing was done, as what matches has changed.')}\n\n${detail}` };
}

/** `node client.mjs → 127.0.0.1:3000` where all that matches is that; else the filter. */
export function aimText(filter: string, matching: readonly Socket[]): string {
  const programs = new Set(matching.flatMap(processesOf).map(processText));
  const remotes = new Set(matching.flatMap(({ remote }) => (remote ? [formatEndpoint(remote)] : [])));
  const [process] = matching.flatMap(processesOf);
  const [remote] = remotes;
  if (!process || !remote || programs.size !== 1 || remotes.size !== 1) return plain(filter);
  return `${programText(process)} → ${remote}`;
}

function actText(t: Translate, { hold, oneOfPool, end }: DrillParams): string {
  if (hold?.fault === 'blackhole')
    return t('the packets of its connections, and of new ones, vanish for {0}.', durationText(hold.ms));
  const which = oneOfPool ? t('one of its connections is destroyed') : t('its connections are destroyed');
  const errno = end === 'peer' ? 'ECONNRESET' : 'ECONNABORTED';
  const cut = t('{0}, and its program sees {1}', which, errno);
  return hold
    ? t('{0}; new ones fail for {1} ({2}).', cut, durationText(hold.ms), hold.fault)
    : t('{0}.', cut);
}

/** The question before an outage. */
export function outageQuestion(
  t: Translate,
  { filter, fault, forMs }: OutageParams,
  matching: readonly Socket[],
): Question {
  const now =
    fault === 'blackhole'
      ? t('Its connections stall, and new ones time out: packets vanish.')
      : t('Its connections are destroyed. {0}', faultChoice(t, fault).detail);
  const parts = [
    now,
    affectedText(t, matching),
    t('It ends by itself, with this window, or by a click in the status bar.'),
  ];
  return {
    message: t('Hold down {0} for {1}?', aimText(filter, matching), durationText(forMs)),
    detail: parts.join('\n\n'),
  };
}

export function affectedText(t: Translate, matching: readonly Socket[]): string {
  const names = ownersList(t, matching);
  if (matching.length === 0) return t('No visible connection matches now.');
  const count = matching.length === 1 ? t('1 connection') : t('{0} connections', numberText(matching.length));
  return names === '' ? t('Now: {0}.', count) : t('Now: {0}, of {1}.', count, names);
}

/** In the status bar, which turns `$(name)` into an icon. */
export function statusText(t: Translate, outages: readonly Outage[], now: number): string {
  const [first] = outages;
  if (!first) return '';
  const left = Math.max(...outages.map(({ endsAt }) => secondsLeft(endsAt, now)));
  const what = outages.length > 1 ? numberText(outages.length) : outageTarget(first).replaceAll('$(', '$ (');
  return outages.every(isDegrade)
    ? t('{0} degraded: {1} s left', what, numberText(left))
    : t('{0} held down: {1} s left', what, numberText(left));
}

function isDegrade({ fault }: Outage): boolean {
  return degradations.some((one) => one === fault);
}

/** Begins a sentence: `Port 3000`, `Any remote for pid 42`. */
export function outageTarget({ target }: Outage): string {
  return plain(target, 80).replace(/^[a-z](?=[a-z]+ )/, (first) => first.toUpperCase());
}

function secondsLeft(endsAt: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(endsAt) - now) / 1000));
}

/** A line for each outage, and the action of a click. */
export function outagesTooltip(t: Translate, outages: readonly Outage[]): string {
  const lines = outages.map((outage) => `${outageName(t, outage)}: ${countsText(t, outage)}`);
  return [...lines, t('Click to stop.')].join('\n');
}

export function outageName(t: Translate, { target, fault }: Outage): string {
  return t('{0} ({1})', plain(target), fault);
}

function countsText(t: Translate, outage: Outage): string {
  const { connects, packets } = outage;
  if (isDegrade(outage)) return t('{0} packets dropped', numberText(packets));
  return t('{0} connects refused, {1} packets dropped', numberText(connects), numberText(packets));
}

/** After an outage was stopped. */
export function stoppedText(t: Translate, outage: Outage): string {
  return isDegrade(outage)
    ? t('{0} is no longer degraded: {1}.', outageTarget(outage), countsText(t, outage))
    : t('{0} is no longer held down: {1}.', outageTarget(outage), countsText(t, outage));
}

/** The agent ended, and its outages with it. */
export function lostText(t: Translate, outages: readonly Outage[]): string {
  const targets = outages.map(outageTarget).join(', ');
  return outages.every(isDegrade)
    ? t('{0} no longer degraded: the agent has ended.', targets)
    : t('{0} no longer held down: the agent has ended.', targets);
}

/** It ended with its window. */
export function cutShortText(t: Translate, outage: Outage): string {
  const target = outageTarget(outage);
  return isDegrade(outage)
    ? t('{0} no longer degraded: the extensions of its window were restarted.', target)
    : t('{0} no longer held down: the extensions of its window were restarted.', target);
}

/** Likewise. */
export function unfinishedText(t: Translate, { filter }: DrillParams): string {
  return t(
    'The drill of {0} was not finished: the extensions of its window were restarted.',
    plain(filter, 80),
  );
}

/** The verdicts that a drill is about, the worst first. */
const failures: readonly Verdict[] = [
  'crashed',
  'gave-up',
  'partly-recovered',
  'storm',
  'spinning',
  'unknown',
  'lazy',
  'denied',
  'missed',
];

/** At the end of a drill: the worst verdict with its reason, then how many recovered. */
export function drillSummary(
  t: Translate,
  { rounds, summary }: Pick<DrillResult, 'rounds' | 'summary'>,
): string {
  const worst = failures
    .map((verdict) => rounds.find((round) => round.verdict === verdict))
    .find((round) => round !== undefined);
  const sentences = [
    ...(worst ? [worstText(t, worst)] : []),
    ...recoveredTexts(t, { rounds, summary }),
    // Of one round, its message has them.
    ...(worst && rounds.length === 1 ? [] : connectionsTexts(t, rounds)),
    ...(rounds.some(({ incomplete }) => incomplete) ? [t('Events were lost, so counts are minimums.')] : []),
  ];
  return sentences.join(' ');
}

function worstText(t: Translate, { verdict, message }: Round): string {
  const text = forScreen(t, message);
  return verdict === 'missed' ? text : t('{0}: {1}', verdictText(t, verdict), text);
}

function recoveredTexts(
  t: Translate,
  { rounds, summary: { recovered, p50Ms } }: Pick<DrillResult, 'rounds' | 'summary'>,
): readonly string[] {
  if (rounds.length === 1) return p50Ms === null ? [] : [t('Recovered in {0}.', durationText(p50Ms))];
  const text = t('{0} of {1} rounds recovered', numberText(recovered), numberText(rounds.length));
  return [p50Ms === null ? `${text}.` : t('{0}, in {1} (median).', text, durationText(p50Ms))];
}

function connectionsTexts(t: Translate, rounds: DrillResult['rounds']): readonly string[] {
  const connections = countConnections(rounds);
  return connections
    ? [t('{0} of {1} connections came back.', numberText(connections.recovered), numberText(connections.cut))]
    : [];
}

function verdictText(t: Translate, verdict: Verdict): string {
  const words: Record<Verdict, () => string> = {
    recovered: () => t('Recovered'),
    'partly-recovered': () => t('Recovered in part'),
    'gave-up': () => t('Gave up'),
    crashed: () => t('Crashed'),
    storm: () => t('Storm of connects'),
    spinning: () => t('Spinning'),
    lazy: () => t('No attempt'),
    unaffected: () => t('Unaffected'),
    missed: () => t('Nothing matched'),
    denied: () => t('Not permitted'),
    unknown: () => t('Not known'),
  };
  return words[verdict]();
}
