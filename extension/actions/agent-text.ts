/** Texts about a running agent. Pure. */

import { type AgentStatus, durationText } from '../../agent/protocol';
import { momentText, numberText, plain, type Translate } from '../base/text';

/** Whom it serves, what it may do, since when, and what a click does. */
export function agentTooltip(t: Translate, status: AgentStatus, since: Date): string {
  return [...mainFacts(t, status, since), t('Click to stop it, or for more.')].join('\n');
}

/** A line for each fact. */
export function agentDetails(t: Translate, status: AgentStatus, since: Date): readonly string[] {
  const { version, pid, brokerPid, brokerSilentMs, clients, idleExitMs, engines } = status;
  const silent = brokerSilentMs
    ? [t('The broker has not answered for {0}.', durationText(brokerSilentMs))]
    : [];
  return [
    ...mainFacts(t, status, since),
    t('Version {0}, pid {1}, broker pid {2}', plain(version), String(pid), String(brokerPid ?? '-')),
    t('Engines: {0}', engines.join(', ') || t('none')),
    t('Clients: {0}. Ends after {1} without a client.', numberText(clients), durationText(idleExitMs)),
    ...silent,
  ];
}

function mainFacts(t: Translate, { uid, scope, readOnly }: AgentStatus, since: Date): readonly string[] {
  const reach =
    scope === 'all' ? t("acts on every user's sockets (scope all)") : t('acts on your sockets (scope mine)');
  return [
    t('The Sockscope agent serves uid {0} and {1}.', String(uid), readOnly ? t('only shows sockets') : reach),
    t('It runs since {0}.', momentText(since)),
  ];
}
