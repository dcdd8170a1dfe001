/** What the timers of a TCP connection say: whether a dead peer is noticed, and when the kernel gives up. Pure. */

import { t } from '../../common/translate';
import type { Socket, SocketDetail } from '../../protocol';

/** Settings of the socket's network namespace; programs may set others for a socket, which the kernel does not report. */
export interface TcpSettings {
  /** net.ipv4.tcp_retries2 */
  readonly retries: number;
  /** net.ipv4.tcp_rto_max_ms */
  readonly maxRtoMs: number;
  /** net.ipv4.tcp_keepalive_probes, tcp_keepalive_intvl */
  readonly probes: number;
  readonly probeIntervalMs: number;
}

/** TCP_RTO_MIN */
export const minRtoMs = 200;

type Timed = Pick<SocketDetail, 'timer' | 'tcp'>;

/** Whether a peer that died without a word is noticed; null: the state has no keepalive, or another timer hides it. */
export function keepaliveText({ state }: Pick<Socket, 'state'>, { timer, tcp }: Timed): string | null {
  if (!tcp || state !== 'established') return null;
  if (timer.kind === 'none') return t('off: a dead peer is never noticed while idle');
  return timer.kind === 'keepalive' ? t('on: next probe in {0}', secondsText(timer.expiresMs)) : null;
}

/** Probes that the peer has not answered, of keepalive or of a window that it has closed; null: none is sent. */
export function unansweredProbes({ timer: { kind, retransmits } }: Timed): number | null {
  return kind === 'keepalive' || kind === 'zero-window-probe' ? retransmits : null;
}

/** When the kernel ends the connection with ETIMEDOUT, unless the peer answers; null: it does not, or that is not known. */
export function givesUpText(
  { state }: Pick<Socket, 'state'>,
  { timer, tcp }: Timed,
  settings: TcpSettings,
): string | null {
  if (!tcp || (state !== 'established' && state !== 'close-wait')) return null;
  if (timer.kind === 'keepalive')
    return t(
      'in {0} if no probe is answered, unless the program set TCP_KEEPINTVL, TCP_KEEPCNT or TCP_USER_TIMEOUT',
      secondsText(keepaliveMs(timer, settings)),
    );
  // Without a first retransmit, an acknowledgement is merely due.
  if (timer.kind !== 'retransmit' || timer.retransmits === 0) return null;
  const ms = retransmitMs(timer, tcp, settings);
  return t(
    'in about {0} if nothing is acknowledged, unless the program set TCP_USER_TIMEOUT',
    secondsText(ms),
  );
}

/** As tcp_keepalive_timer: at the first expiry with so many probes unanswered. */
function keepaliveMs({ expiresMs, retransmits }: Timed['timer'], settings: TcpSettings): number {
  return expiresMs + Math.max(0, settings.probes - retransmits) * settings.probeIntervalMs;
}

/** As tcp_write_timeout: at the first expiry after the time that tcp_model_timeout computes, with the timeout doubled each time. */
function retransmitMs(
  { expiresMs, retransmits }: Timed['timer'],
  { rttMs, rttVarianceMs }: NonNullable<Timed['tcp']>,
  settings: TcpSettings,
): number {
  const firstRto = rttMs + Math.max(minRtoMs, 4 * rttVarianceMs);
  const interval = (at: number) => Math.min(firstRto * 2 ** at, settings.maxRtoMs);
  const limitMs = modelTimeoutMs(settings);
  let sinceSentMs = interval(0);
  let leftMs = expiresMs;
  for (let at = 1; sinceSentMs < limitMs; at++) {
    sinceSentMs += interval(at);
    if (at > retransmits) leftMs += interval(at);
  }
  return leftMs;
}

/** tcp_model_timeout: the time that so many retransmits take, with the shortest first timeout. */
export function modelTimeoutMs({ retries, maxRtoMs }: Pick<TcpSettings, 'retries' | 'maxRtoMs'>): number {
  const doubling = Math.floor(Math.log2(maxRtoMs / minRtoMs));
  if (retries <= doubling) return (2 ** (retries + 1) - 1) * minRtoMs;
  return (2 ** (doubling + 1) - 1) * minRtoMs + (retries - doubling) * maxRtoMs;
}

/** `12 s`, `15 min`, `2 h 11 min` */
function secondsText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}
