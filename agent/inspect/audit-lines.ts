/** What the audit log has about the served user. */

import type { Context } from '../context';
import type { AuditLines, AuditParams } from '../protocol';

/** Errors: needsAgent, brokerLost, kernelRefused. */
export function auditLines(context: Context, { since }: AuditParams): Promise<AuditLines> {
  return context.requireBroker('Reading the audit log').auditLines(since);
}
