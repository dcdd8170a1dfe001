/** `sockscope/client`: for test suites. */

export type {
  AgentInfo,
  Attempt,
  AttemptGroup,
  AttemptResult,
  Backoff,
  DegradeResult,
  DestroyedSocket,
  Direction,
  DrillEvent,
  DrillResult,
  DrillSummary,
  End,
  Endpoint,
  EndReason,
  Fault,
  LostConnection,
  Measured,
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
export type { DegradeOptions, StartedDegrade } from './degrade';
export type { DestroyOptions } from './destroy';
export type { DrillOptions } from './drill';
export type { Duration } from './durations';
export { NoAgentError, SockscopeError, type SockscopeErrorCode } from './errors';
export type { ReconnectDrill, SockscopeMatchers } from './matchers';
export type { OutageOptions, StartedOutage } from './outage';
export type { ReconnectOptions } from './reconnect';
export type { Sockscope } from './sockscope';
