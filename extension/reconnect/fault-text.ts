/** Texts of drills and outages. Pure. */

import type { DrillParams, DrillResult, Fault, Outage, OutageParams, Socket } from '../../agent/protocol';
import type { Question } from '../actions/destroy-text';
import { plain, type Translate } from '../base/text';
import { ownersList } from './aim-filter';
import { formatMs } from './timeline/timeline-format';
import { countConnections } from './timeline/timeline-model';

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
  const rounds = times === 1 ? t('Once') : t('{0} times, {1} after each recovery', times, duration(everyMs));
  const parts = [
    t('{0}: {1}', rounds, actText(t, params)),
    affectedText(t, matching),
    t(
      'After each, Sockscope records how they connect again, for at most {0}. They live on, unless a lost connection ends them.',
      duration(waitMs + (hold?.ms ?? 0)),
    ),
  ];
  return { message: t('Drill {0}?', plain(filter)), detail: parts.join('\n\n') };
}

function actText(t: Translate, { hold, oneOfPool, end }: DrillParams): string {
  if (hold?.fault === 'blackhole')
    return t('the packets of its connections, and of new ones, vanish for {0}.', duration(hold.ms));
  const which = oneOfPool ? t('one of its connections is destroyed') : t('its connections are destroyed');
  const errno = end === 'peer' ? 'ECONNRESET' : 'ECONNABORTED';
  const cut = t('{0}, and its program sees {1}', which, errno);
  return hold ? t('{0}; new ones fail for {1} ({2}).', cut, duration(hold.ms), hold.fault) : t('{0}.', cut);
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
      : t('Its connections are destroyed, and new ones fail at once. {0}', faultChoice(t, fault).detail);
  const parts = [
    now,
    affectedText(t, matching),
    t('It ends by itself, with this window, or by a click in the status bar.'),
  ];
  return {
    message: t('Hold down {0} for {1}?', plain(filter), duration(forMs)),
    detail: parts.join('\n\n'),
  };
}

function affectedText(t: Translate, matching: readonly Socket[]): string {
  const names = ownersList(t, matching);
  if (matching.length === 0) return t('No visible connection matches now.');
  const count = matching.length === 1 ? t('1 connection') : t('{0} connections', matching.length);
  return names === '' ? t('Now: {0}.', count) : t('Now: {0}, of {1}.', count, names);
}

/** `500 ms`, `10 s`, `1.5 min`, in the units of typed durations. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000 ? `${Number((ms / 1000).toFixed(1))} s` : `${Number((ms / 60_000).toFixed(1))} min`;
}

/** In the status bar, which turns `$(name)` into an icon. */
export function statusText(t: Translate, outages: readonly Outage[], now: number): string {
  const [first] = outages;
  if (!first) return '';
  const left = Math.max(...outages.map(({ endsAt }) => secondsLeft(endsAt, now)));
  if (outages.length > 1) return t('{0} held down, {1} s', outages.length, left);
  return t('{0} held down {1} s', plain(first.target, 40).replaceAll('$(', '$ ('), left);
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

function countsText(t: Translate, { connects, packets }: Outage): string {
  return t('{0} connects refused, {1} packets dropped', connects, packets);
}

/** After an outage was stopped. */
export function stoppedText(t: Translate, outage: Outage): string {
  return t('{0} is no longer held down: {1}.', plain(outage.target), countsText(t, outage));
}

/** At the end of a drill. */
export function drillSummary(
  t: Translate,
  { rounds, summary }: Pick<DrillResult, 'rounds' | 'summary'>,
): string {
  const { recovered, p50Ms } = summary;
  const text = t('{0} of {1} rounds recovered', recovered, rounds.length);
  const sentence = p50Ms === null ? `${text}.` : t('{0}, in {1} (median).', text, formatMs(p50Ms));
  const connections = countConnections(rounds);
  const counted = connections
    ? t('{0} {1} of {2} connections came back.', sentence, connections.recovered, connections.cut)
    : sentence;
  if (!rounds.some(({ incomplete }) => incomplete)) return counted;
  return t('{0} Events were lost, so counts are minimums.', counted);
}
