/** The end of a broker does not depend on its agent: also where somebody else holds the agent's end, in the middle of a message. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../helpers/holders/descendants';
import { end, endOf, start, until } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';

/**
 * A hostile agent: forks a broker for the uid argv[2], leaves its own end to a child, and sends what argv[3] says. Then it prints both
 * pids, and ends when its standard input does.
 */
const program = `
const { spawn } = require('node:child_process');
const { readSync, writeSync } = require('node:fs');
const { constants, forkBroker, layout } = require(process.argv[1]);
const { pid, control } = forkBroker(Number(process.argv[2]), false);
const keeper = spawn('sleep', ['infinity'], { stdio: ['ignore', 'ignore', 'ignore', control] });
const { size, offsets } = layout.message_header;
const header = Buffer.alloc(size);
header.writeUInt32LE(1, offsets.id);
header.writeUInt32LE(constants.message.features, offsets.type);
writeSync(control, header);
readSync(control, Buffer.alloc(65536)); // It has loaded its programs.
header.writeUInt32LE(constants.message.carriers, offsets.type);
const processes = Buffer.alloc(4 * 4096);
const sends = {
  'half a header': () => writeSync(control, header.subarray(0, size / 2)),
  'a header without its payload': () => {
    header.writeUInt32LE(processes.length, offsets.length);
    writeSync(control, header);
  },
  // So much that the broker's end is full, and not the agent's.
  'requests whose answers it does not read': () => {
    header.writeUInt32LE(processes.length, offsets.length);
    for (let sent = 0; sent < 20; sent++) writeSync(control, Buffer.concat([header, processes]));
  },
};
sends[process.argv[3]]();
console.log(JSON.stringify({ broker: pid, keeper: keeper.pid }));
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
`;

const sends = [
  'half a header',
  'a header without its payload',
  'requests whose answers it does not read',
] as const;

describe('a broker with a message that does not end', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  async function startAgent(send: (typeof sends)[number]) {
    const command = [process.execPath, '-e', program, `${stage.folder}/sockscope.node`];
    const agent = start(
      [...command, String(stage.user.uid), send],
      {},
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    stage.onClose(() => end(agent));
    assert.ok(agent.stdin && agent.stdout);
    const [line] = (await once(createInterface({ input: agent.stdout }), 'line')) as [string];
    const { broker, keeper } = JSON.parse(line) as { broker: number; keeper: number };
    stage.onClose(() => {
      for (const pid of [broker, keeper]) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    });
    await sleep(300); // It waits for the rest.
    assert.ok(isRunning(broker));
    return { agent, broker, stdin: agent.stdin };
  }

  for (const send of sends) {
    it(`R19: ends with its agent, after ${send}`, async () => {
      const { agent, broker, stdin } = await startAgent(send);
      stdin.end();
      await until('the broker has ended', () => !isRunning(broker));
      assert.equal(endOf(agent) ?? (await once(agent, 'exit'))[1], 'SIGKILL');
    });

    it(`ends by SIGTERM, after ${send}`, async () => {
      const { broker } = await startAgent(send);
      process.kill(broker, 'SIGTERM');
      await until('the broker has ended', () => !isRunning(broker));
    });
  }
});
