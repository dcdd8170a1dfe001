/** Every method that a client may call, sorted by name, with its required access and schema. */

import { destroyEach, plan } from '../actions/destroy';
import { destroyNext } from '../actions/destroy-next';
import { planSignal, signal } from '../actions/signal';
import { tune } from '../actions/tune';
import { auditLines } from '../inspect/audit-lines';
import { examine } from '../inspect/doctor';
import { processDetail } from '../inspect/process-detail';
import { socketDetail } from '../inspect/socket-detail';
import { tcpTimers } from '../inspect/tcp-timers';
import { bindPort, explainPort } from '../ports/explain-port';
import {
  agentDoctor,
  agentStatus,
  agentStop,
  bindPort as bindPortMethod,
  closeView,
  degradeStarted,
  destroyNext as destroyNextMethod,
  destroySockets,
  drillProgress,
  explainPort as explainPortMethod,
  inspectProcess,
  inspectSocket,
  type JsonList,
  keepHistory,
  listHistory,
  listJson,
  listOutages,
  listSockets,
  locateSocket,
  nameContainers,
  packResults,
  parseActingFilter,
  parseFilter,
  parseHistoryFilter,
  planDestroy,
  planSignal as planSignalMethod,
  readAudit,
  readCapture,
  readTimers,
  refreshView,
  releaseHistory,
  runDegrade,
  runDrill,
  setView,
  signalProcess,
  startCapture,
  startOutage,
  stopCapture,
  stopOutage,
  tuneSockets,
  unwatchSockets,
  viewSockets,
  watchSockets,
} from '../protocol';
import { degrade } from '../reconnect/degrade';
import { drill } from '../reconnect/drill';
import { accepted } from './accepted';
import type { JsonPage } from './listings';
import { type Method, method } from './method';
import { rawItems } from './raw-json';
import {
  auditParams,
  captureParams,
  containersParams,
  degradeParams,
  destroyNextParams,
  destroyParams,
  drillParams,
  historyParams,
  inspectSocketParams,
  listJsonParams,
  listParams,
  locateParams,
  noParams,
  outageHandle,
  outageParams,
  portParams,
  processId,
  signalParams,
  timersParams,
  tuneParams,
  viewHandle,
  viewParams,
  viewSocketsParams,
  watchHandle,
  watchParams,
} from './schemas';

/** The answer to agent/stop needs this time to be sent before the agent ends. */
const answerMs = 50;

function withRowsAtEnd({ jsonRows, ...rest }: JsonPage): JsonList {
  return { ...rest, jsonRows: rawItems(jsonRows) };
}

export const methods: readonly Method[] = [
  method(agentDoctor, 'see', noParams, (_params, { host }) => examine(host.service.context)),
  method(agentStatus, 'see', noParams, (_params, { host }) => host.status()),
  method(agentStop, 'see', noParams, (_params, { host }) => {
    setTimeout(() => host.stop(), answerMs);
    return null;
  }),
  method(readAudit, 'see', auditParams, (params, { host }) => auditLines(host.service.context, params)),
  method(readCapture, 'act', noParams, (_params, { host, subscriptions }) =>
    host.service.requireCaptures().read(subscriptions),
  ),
  method(startCapture, 'act', captureParams, (params, { client, host, subscriptions }) =>
    host.service
      .requireCaptures()
      .start(
        { method: startCapture.method, client },
        subscriptions,
        params,
        accepted(parseActingFilter(params.filter)),
      ),
  ),
  method(stopCapture, 'act', noParams, (_params, { client, host, subscriptions }) =>
    host.service.requireCaptures().stop({ method: stopCapture.method, client }, subscriptions),
  ),
  method(runDegrade, 'act', degradeParams, (params, { client, host, subscriptions }, token) =>
    degrade({
      context: host.service.context,
      outages: host.service.requireOutages(),
      client,
      session: subscriptions,
      params,
      filter: accepted(parseActingFilter(params.filter)),
      cancelled: token,
      started: (outage) => subscriptions.notify(degradeStarted, { degrade: params.degrade, outage }),
    }),
  ),
  method(runDrill, 'act', drillParams, (params, { client, host, subscriptions }, token) =>
    drill({
      context: host.service.context,
      outages: host.service.requireOutages(),
      client,
      session: subscriptions,
      params,
      filter: accepted(parseActingFilter(params.filter)),
      cancelled: token,
      report: (event) => subscriptions.notify(drillProgress, { drill: params.drill, event }),
    }),
  ),
  method(destroySockets, 'act', destroyParams, async (params, { client, host }) =>
    packResults(await destroyEach(host.service.context, { method: destroySockets.method, client }, params)),
  ),
  method(destroyNextMethod, 'act', destroyNextParams, (params, { client, host }, token) =>
    destroyNext(host.service.context, client, params, accepted(parseActingFilter(params.filter)), token),
  ),
  method(keepHistory, 'see', noParams, async (_params, { subscriptions }) => {
    await subscriptions.keepHistory();
    return null;
  }),
  method(listHistory, 'see', historyParams, ({ filter, ...rest }, { host }, token) =>
    host.service.context
      .requireHistory()
      .list({ filter: accepted(parseHistoryFilter(filter)), ...rest }, token),
  ),
  method(releaseHistory, 'see', noParams, (_params, { subscriptions }) => {
    subscriptions.releaseHistory();
    return null;
  }),
  method(bindPortMethod, 'see', portParams, async (params, { client, host }) => ({
    binds: await bindPort(host.service.context, { method: bindPortMethod.method, client }, params),
  })),
  method(explainPortMethod, 'see', portParams, (params, { client, host, subscriptions }) =>
    explainPort(host.service.context, client, params, subscriptions),
  ),
  method(inspectProcess, 'see', processId, (id, { host }) => processDetail(host.service.context, id)),
  method(planSignalMethod, 'see', processId, (id, { host }) => planSignal(host.service.context, id)),
  method(signalProcess, 'act', signalParams, (params, { client, host }) =>
    signal(host.service.context, client, params),
  ),
  method(inspectSocket, 'see', inspectSocketParams, ({ target }, { host }) =>
    socketDetail(host.service.context, target),
  ),
  method(readTimers, 'see', timersParams, (params, { host }) => tcpTimers(host.service.context, params)),
  method(listSockets, 'see', listParams, (params, { host, listings }) =>
    listings.answer(host.service.context, params),
  ),
  method(listJson, 'see', listJsonParams, async (params, { host, listings }) =>
    withRowsAtEnd(await listings.answerJson(host.service.context, params)),
  ),
  method(locateSocket, 'see', locateParams, ({ view, socket }, { subscriptions }) =>
    subscriptions.view(view).locate(socket),
  ),
  method(nameContainers, 'see', containersParams, async ({ containers }, { subscriptions }) => {
    await subscriptions.nameContainers(containers);
    return null;
  }),
  method(listOutages, 'see', noParams, async (_params, { host }) => ({
    outages: (await host.service.outages?.list()) ?? [],
  })),
  method(startOutage, 'act', outageParams, (params, { client, host, subscriptions }) =>
    host.service
      .requireOutages()
      .start(
        { method: startOutage.method, client },
        subscriptions,
        params,
        accepted(parseActingFilter(params.filter)),
      ),
  ),
  method(stopOutage, 'act', outageHandle, async ({ id }, { client, host }) => ({
    outage: await host.service.requireOutages().stop(id, { method: stopOutage.method, client }),
  })),
  method(planDestroy, 'see', destroyParams, (params, { host }) => plan(host.service.context, params)),
  method(refreshView, 'see', viewHandle, async ({ view }, { host, subscriptions }) => {
    subscriptions.view(view);
    await host.service.context.live.scan();
    return null;
  }),
  method(setView, 'see', viewParams, (params, { subscriptions }) =>
    subscriptions.setView(params, accepted(parseFilter(params.filter))),
  ),
  method(closeView, 'see', viewHandle, ({ view }, { subscriptions }) => {
    subscriptions.closeView(view);
    return null;
  }),
  method(tuneSockets, 'act', tuneParams, async (params, { client, host }) => ({
    results: await tune(host.service.context, { method: tuneSockets.method, client }, params),
  })),
  method(unwatchSockets, 'see', watchHandle, ({ watch }, { subscriptions }) => {
    subscriptions.unwatch(watch);
    return null;
  }),
  method(viewSockets, 'see', viewSocketsParams, ({ view, group, cursor }, { listings, subscriptions }) =>
    cursor === undefined
      ? listings.beginGroup(
          subscriptions
            .view(view)
            .sockets(group)
            .map((seen) => subscriptions.named(seen).socket),
        )
      : listings.nextOfGroup(cursor),
  ),
  method(watchSockets, 'see', watchParams, ({ filter }, { subscriptions }) =>
    subscriptions.watch(accepted(parseFilter(filter))),
  ),
];
