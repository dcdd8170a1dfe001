/** The schema of each request. Strict: a request with an unknown key is rejected before its handler. */

import * as v from 'valibot';
import {
  type AuditParams,
  type CaptureParams,
  canonicalAddress,
  type DegradeParams,
  type DestroyNextParams,
  type DestroyParams,
  type DrillParams,
  directions,
  ends,
  engineChoices,
  faults,
  groupings,
  type HistoryParams,
  type ListParams,
  type LocateParams,
  limits,
  maxAddresses,
  maxKeepalive,
  maxRate,
  minRate,
  moments,
  type OutageParams,
  type PortParams,
  type ProcessId,
  portProtocols,
  protocols,
  type SignalParams,
  shows,
  signals,
  type TimersParams,
  type TuneParams,
  type ViewParams,
  type ViewSocketsParams,
  type WatchParams,
} from '../protocol';

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));
const endpoint = v.strictObject({ address: v.pipe(v.string(), v.maxLength(45)), port });
const netns = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295));
const maxU64 = '18446744073709551615';
/** As in the kernel's records. A check is made of what has failed the one before it, too, so this one must not throw. */
const u64 = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/),
  v.check((text) => text.padStart(maxU64.length, '0') <= maxU64, 'more than 64 bits'),
);
const cookie = u64;
const pid = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4_194_304));
const ticks = u64;
const cursor = v.exactOptional(v.pipe(v.string(), v.maxLength(40)));
/** Chosen by the client, or by the agent and returned to it. */
const handle = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const groupId = v.pipe(v.string(), v.maxLength(200));

const target = v.strictObject({
  netns,
  cookie,
  protocol: v.picklist(protocols),
  local: endpoint,
  remote: v.nullable(endpoint),
});
const filter = v.pipe(v.string(), v.maxLength(limits.filter));
const engine = v.exactOptional(v.picklist(engineChoices));

export const noParams = v.strictObject({});

export const listParams: v.GenericSchema<ListParams> = v.strictObject({
  filter,
  cursor,
  connections: v.exactOptional(v.boolean()),
  inOrder: v.exactOptional(v.boolean()),
});

export const listJsonParams: v.GenericSchema<Pick<ListParams, 'filter' | 'cursor'>> = v.strictObject({
  filter,
  cursor,
});

export const auditParams: v.GenericSchema<AuditParams> = v.strictObject({
  since: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

export const destroyParams: v.GenericSchema<DestroyParams> = v.pipe(
  v.strictObject({
    targets: v.pipe(v.array(target), v.minLength(1), v.maxLength(limits.targets)),
    engine,
    includeListeners: v.exactOptional(v.boolean()),
    includeLifeline: v.exactOptional(v.boolean()),
    takeOver: v.exactOptional(v.boolean()),
  }),
  v.check(
    ({ targets, includeLifeline }) => !includeLifeline || targets.length === 1,
    'includeLifeline goes with exactly one target',
  ),
  v.check(
    ({ includeListeners, takeOver }) => !takeOver || includeListeners === true,
    'takeOver goes with includeListeners',
  ),
);

export const destroyNextParams: v.GenericSchema<DestroyNextParams> = v.strictObject({
  filter,
  at: v.picklist(moments),
  waitMs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.waitMs)),
  engine,
});

const milliseconds = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

const agreed = v.exactOptional(
  v.pipe(v.array(v.pipe(v.string(), v.maxLength(limits.agreedName))), v.maxLength(limits.agreed)),
);

export const outageParams: v.GenericSchema<OutageParams> = v.strictObject({
  filter,
  fault: v.picklist(faults),
  forMs: milliseconds(1, limits.outageMs),
  detach: v.boolean(),
  agreed,
});
export const degradeParams: v.GenericSchema<DegradeParams & { readonly degrade: number }> = v.strictObject({
  degrade: handle,
  filter,
  how: v.variant('kind', [
    v.strictObject({
      kind: v.literal('loss'),
      percent: v.pipe(v.number(), v.minValue(0.0001), v.maxValue(100)),
      seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295)),
    }),
    v.strictObject({
      kind: v.literal('rate'),
      bytesPerSecond: v.pipe(v.number(), v.integer(), v.minValue(minRate), v.maxValue(maxRate)),
    }),
    v.strictObject({ kind: v.literal('half-open') }),
  ]),
  direction: v.picklist(directions),
  forMs: milliseconds(1, limits.outageMs),
  agreed,
});
export const captureParams: v.GenericSchema<CaptureParams> = v.strictObject({
  filter,
  forMs: milliseconds(1, limits.captureMs),
  snap: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.packet)),
});
export const outageHandle = v.strictObject({ id: handle });
export const drillParams: v.GenericSchema<DrillParams & { readonly drill: number }> = v.strictObject({
  drill: handle,
  filter,
  times: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.drillRounds)),
  everyMs: milliseconds(0, limits.drillMs),
  jitter: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  waitMs: milliseconds(1, limits.drillMs),
  end: v.picklist(ends),
  oneOfPool: v.boolean(),
  hold: v.nullable(v.strictObject({ fault: v.picklist(faults), ms: milliseconds(1, limits.outageMs) })),
  agreed,
});

const workspace = v.strictObject({
  roots: v.pipe(v.array(pid), v.maxLength(limits.roots)),
  folders: v.pipe(v.array(v.pipe(v.string(), v.maxLength(4096))), v.maxLength(limits.folders)),
});

export const viewParams: v.GenericSchema<ViewParams> = v.strictObject({
  view: handle,
  filter,
  show: v.picklist(shows),
  groupBy: v.picklist(groupings),
  workspace,
  open: v.pipe(
    v.record(groupId, v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.viewRows))),
    v.check((open) => Object.keys(open).length <= limits.openGroups, 'too many open groups'),
  ),
});

export const viewHandle = v.strictObject({ view: handle });
export const watchHandle = v.strictObject({ watch: handle });
export const historyParams: v.GenericSchema<HistoryParams> = v.strictObject({
  filter,
  sinceMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.historyMs))),
  after: v.exactOptional(handle),
});
export const watchParams: v.GenericSchema<WatchParams> = v.strictObject({ filter });
export const viewSocketsParams: v.GenericSchema<ViewSocketsParams> = v.strictObject({
  view: handle,
  group: groupId,
  cursor,
});
export const locateParams: v.GenericSchema<LocateParams> = v.strictObject({
  view: handle,
  socket: v.strictObject({ netns, cookie }),
});
export const inspectSocketParams = v.strictObject({ target });
export const timersParams: v.GenericSchema<TimersParams> = v.strictObject({
  targets: v.pipe(v.array(target), v.minLength(1), v.maxLength(limits.targets)),
});
const from1 = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));
export const tuneParams: v.GenericSchema<TuneParams> = v.strictObject({
  targets: v.pipe(v.array(target), v.minLength(1), v.maxLength(limits.targets)),
  tuning: v.nullable(
    v.pipe(
      v.strictObject({
        keepalive: v.exactOptional(
          v.nullable(
            v.strictObject({
              idleS: from1(maxKeepalive.idleS),
              intervalS: from1(maxKeepalive.intervalS),
              probes: from1(maxKeepalive.probes),
            }),
          ),
        ),
        userTimeoutMs: v.exactOptional(
          v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.livenessMs)),
        ),
      }),
      v.check((tuning) => Object.keys(tuning).length > 0, 'nothing to set'),
    ),
  ),
});
export const processId: v.GenericSchema<ProcessId> = v.strictObject({
  pid,
  startTime: ticks,
});
export const signalParams: v.GenericSchema<SignalParams> = v.strictObject({
  pid,
  startTime: ticks,
  signal: v.picklist(signals),
  graceMs: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.graceMs)),
});
export const portParams: v.GenericSchema<PortParams> = v.strictObject({
  port: v.pipe(port, v.minValue(1)),
  protocol: v.picklist(portProtocols),
  netns: v.nullable(netns),
  addresses: v.exactOptional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.check((address) => canonicalAddress(address) === address),
        ),
      ),
      v.maxLength(maxAddresses),
    ),
  ),
});
const containerText = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
export const containersParams = v.strictObject({
  containers: v.pipe(
    v.array(v.strictObject({ id: containerText, name: containerText })),
    v.maxLength(limits.containers),
  ),
});
