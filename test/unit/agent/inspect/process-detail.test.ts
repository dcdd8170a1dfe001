import assert from 'node:assert/strict';
import { it } from 'node:test';
import { noReport } from '../../../../agent/access/report';
import { Context } from '../../../../agent/context';
import { processDetail } from '../../../../agent/inspect/process-detail';
import { ErrorCode } from '../../../../agent/protocol';

it('a process with another start time has ended, however far that is from any date', async () => {
  const options = { mode: 'observer', scope: 'mine', readOnly: true, uid: 0, report: noReport } as const;
  const context = Context.ofObserver(options);
  for (const startTime of ['1', '18446744073709551615'])
    await assert.rejects(processDetail(context, { pid: process.pid, startTime }), {
      code: ErrorCode.notFound,
    });
});
