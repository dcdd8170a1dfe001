/** `sockscope/client`: for test suites. */

export type {
  AgentInfo,
  Attempt,
  AttemptGroup,
  AttemptResult,
  Backoff,
  DestroyedSocket,
  DrillEvent,
  DrillResult,
  DrillSummary,
  End,
  Endpoint,
  EndReason,
  Fault,
  LostConnection,
  Outage,
  Outcome,
  Owner,
  ProcessEnd,
  Round,
  Socket,
  SocketChange,
  State,
  Target,
  TcpTimers,
  Verdict,
} from '../../protocol';
export type { LiveConnection, ReadLiveness } from '../liveness/read-liveness';
export type { Abortable } from './abort';
export { type ConnectOptions, connect } from './connect';
export type { DestroyOptions } from './destroy';
export type { DrillOptions } from './drill';
export type { Duration } from './durations';
export { NoAgentError, SockscopeError, type SockscopeErrorCode } from './errors';
export type { ReconnectDrill, SockscopeMatchers } from './matchers';
export type { OutageOptions, StartedOutage } from './outage';
export type { ReconnectOptions } from './reconnect';
export type { Sockscope } from './sockscope';
