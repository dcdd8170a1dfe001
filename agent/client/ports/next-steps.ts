/** What a person can run next about a port: only commands that can do something here. */

import { ownNamespace } from '../../common/own-namespace';
import { hiddenProcess, processText } from '../../common/process-text';
import { ephemeralPorts, includesPort, readSysctl } from '../../common/sysctl';
import { t } from '../../common/translate';
import { widerScopeText } from '../../common/wording';
import { limits, planDestroy, targetOf } from '../../protocol';
import type { Requester } from '../requester';
import { asRoot, needsRoot, ownUid } from '../served-uid';
import { isInTheWay, type PortDetail } from './explain-port';
import { freeCommand } from './free-command';
import { abortableSockets, onlyWildcard, planFree } from './free-plan';
import type { Step } from './free-step';
import { ownCommandText, stepsText, supervisorText } from './free-text';
import type { FreeOptions, NextStep } from './free-types';
import { judgeHolders } from './free-verdict';

export const serveCommand = 'sudo sockscope agent serve';

/** Of a busy port, in the order in which they are run. Errors: as for sockets/plan. */
export async function nextSteps(
  requester: Requester,
  detail: PortDetail,
  options: FreeOptions,
): Promise<NextStep[]> {
  if (detail.answer.free) return [];
  return [
    ...(await freeingSteps(requester, detail, options)),
    ...(await inheritorSteps(requester, detail, options)),
    ...(await wildcardSteps(requester, detail, options)),
    ...(await sessionSteps(requester, detail, options)),
    ...unitSteps(detail),
    ...managerSteps(detail),
    ...reservingSteps(detail),
  ];
}

/** `sockscope free`, and before it what it needs; empty where it would do nothing. */
async function freeingSteps(
  requester: Requester,
  detail: PortDetail,
  options: FreeOptions,
): Promise<NextStep[]> {
  const { info } = requester;
  const verdicts = await judgeHolders(requester, detail.holders);
  const { steps, refused } = planFree(detail, verdicts, options, info);
  const wanted = [...steps, ...refused.filter(isDenied)];
  const [first] = wanted;
  if (!first || info.readOnly) return [];
  const free = freeStep(options, stepsText(wanted, options));
  const before = needsUnitStopped(wanted) ?? needsScope(requester, wanted);
  if (before) return [before, free];
  if (info.mode === 'observer')
    return steps.some((step) => !step.needsAgent) ? [free] : [needsAgent(first), free];
  return (await mayAbort(requester, steps)) ? [free] : [];
}

function isDenied({ verdict }: Step): boolean {
  return verdict.refusal?.outcome === 'denied';
}

/** Who has opened a hidden process's socket is known: an agent for this user alone may not end a process of others. */
function needsAgent({ act, process, holders }: Step): NextStep {
  if (act === 'destroy') return { command: serveCommand, why: t('Only the agent can abort connections') };
  const uids = holders.flatMap(({ sockets }) => sockets.map(({ uid }) => uid));
  const other = uids.find((uid) => uid !== ownUid());
  if (process || other === undefined)
    return { command: serveCommand, why: t('Only the agent can identify {0}', hiddenProcess()) };
  return {
    command: widerScopeText('observer'),
    why:
      other === 0
        ? t(
            'Only an agent for all users can identify and end {0} whose socket root has opened',
            hiddenProcess(),
          )
        : t(
            'Only an agent for all users can identify and end {0} whose socket another user (uid {1}) has opened',
            hiddenProcess(),
            String(other),
          ),
  };
}

/** A unit of the system is stopped by root alone. */
function needsUnitStopped(steps: readonly Step[]): NextStep | null {
  const way = steps.map(({ stop }) => stop).find((stop) => stop?.by === 'program' && stop.rootOnly);
  if (way?.by !== 'program' || !needsRoot(way.rootOnly)) return null;
  const why = way.isUnsure
    ? t('It may be started again, and only root may stop that')
    : t('It would be started again, and only root may stop that');
  return { command: ownCommandText(way), why };
}

/** A process of another user's is ended through an agent for all users alone. */
function needsScope({ info }: Requester, steps: readonly Step[]): NextStep | null {
  const foreign = steps.find(isDenied);
  if (!foreign) return null;
  const who = foreign.process ? processText(foreign.process) : foreign.target;
  return { command: widerScopeText(info.mode), why: t("{0} is another user's", who) };
}

/** False where all that the plan does is an abort that the agent denies. */
async function mayAbort(requester: Requester, steps: readonly Step[]): Promise<boolean> {
  if (steps.some(({ act }) => act !== 'destroy')) return true;
  const sockets = steps.flatMap(({ holders }) => holders.flatMap(abortableSockets));
  const targets = sockets.slice(0, limits.targets).map(targetOf);
  const { plan } = await requester.request(planDestroy, { targets });
  return plan.some(({ act }) => act === 'destroy');
}

/** Where a helper keeps the port after its server's end, which `sockscope free` alone would not change. */
async function inheritorSteps(
  requester: Requester,
  detail: PortDetail,
  options: FreeOptions,
): Promise<NextStep[]> {
  const { info } = requester;
  if (info.readOnly || options.includeInheritors || detail.holders.every(({ idle }) => idle.length === 0))
    return [];
  const verdicts = await judgeHolders(requester, detail.holders);
  const { steps } = planFree(detail, verdicts, { ...options, includeInheritors: true }, info);
  const [first, ...more] = steps.filter(({ act, ifStillBusy }) => act === 'signal' && ifStillBusy);
  if (!first) return [];
  return [freeStep({ ...options, includeInheritors: true }, stepsText([first, ...more], options))];
}

/** For servers that only binds to a wildcard meet. */
async function wildcardSteps(
  requester: Requester,
  detail: PortDetail,
  options: FreeOptions,
): Promise<NextStep[]> {
  const { holders } = detail;
  const wildcard = holders.map(({ holder }) => onlyWildcard(holder, options)).find((one) => one !== null);
  if (wildcard === undefined) return [];
  const addressed = { ...options, addresses: [wildcard] };
  const blocking = holders.filter(({ holder }) => holder.blocks.includes(wildcard));
  const steps = await freeingSteps(requester, { ...detail, holders: blocking }, addressed);
  return steps.map((step) => ({ ...step, why: t('Only for binds to {0}: {1}', wildcard, step.why) }));
}

/** The last resort, where nothing else can be done: it ends more than the port's server. */
async function sessionSteps(
  requester: Requester,
  detail: PortDetail,
  options: FreeOptions,
): Promise<NextStep[]> {
  const { info } = requester;
  const hosting = detail.holders.some(({ endings }) => endings.some(({ sessions }) => sessions));
  if (info.readOnly || !hosting) return [];
  const verdicts = await judgeHolders(requester, detail.holders);
  const { steps } = planFree(detail, verdicts, { ...options, includeSessions: true }, info);
  if (steps.length === 0 || planFree(detail, verdicts, options, info).steps.length > 0) return [];
  const why = t('{0}, and all that it carries', stepsText(steps, options));
  return [freeStep({ ...options, includeSessions: true }, why)];
}

function freeStep(
  { addresses = [], includeInheritors = false, includeSessions = false, ...params }: FreeOptions,
  why: string,
): NextStep {
  const flags = [
    ...(includeInheritors ? ['--include-inheritors'] : []),
    ...(includeSessions ? ['--include-sessions'] : []),
  ];
  return {
    command: freeCommand({ ...params, addresses }, ...flags),
    why,
    free: { addresses, includeInheritors, includeSessions },
  };
}

/** A service manager is left alone, but closes the port when its unit is stopped. */
function unitSteps({ holders }: PortDetail): NextStep[] {
  return holders.flatMap(({ socketUnit }) => socketUnit?.stop ?? []);
}

/** A process manager that is not asked is left alone, but a person may ask it. */
function managerSteps({ holders }: PortDetail): NextStep[] {
  const supervisors = holders.flatMap(({ endings }) => endings.flatMap(({ supervisor }) => supervisor ?? []));
  return supervisors.flatMap((supervisor) =>
    (supervisor.byHand ?? []).map((command) => ({
      command,
      why: t('Has {0} stop that alone, of what it runs', supervisorText(supervisor)),
    })),
  );
}

/** Keeps the kernel from choosing the port for clients, where that is what happened. */
function reservingSteps({ answer: { port, netns, holders } }: PortDetail): NextStep[] {
  if (netns !== ownNamespace() || !holders.some((holder) => holder.kind === 'client' && isInTheWay(holder)))
    return [];
  const { first, last } = ephemeralPorts();
  const reserved = readSysctl('ip_local_reserved_ports');
  if (reserved === null || port < first || port > last || includesPort(reserved, port)) return [];
  const list = [...(reserved === '' ? [] : [reserved]), port].join(',');
  return [
    {
      command: asRoot(`sysctl -w net.ipv4.ip_local_reserved_ports=${list}`),
      why: t(
        'The kernel chooses port {0} for no client from then on; this one keeps it until it closes the connection',
        String(port),
      ),
    },
  ];
}
