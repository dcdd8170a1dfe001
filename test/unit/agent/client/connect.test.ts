/** A client whose agent ends says so, however it learns of the end, and at each later request. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { Client } from '../../../../agent/client/connect';
import { agentStatus } from '../../../../agent/protocol';

const info = { mode: 'agent', pid: 1, uid: 1000, version: '0.0.0', protocol: 0 };

/** A client, with the streams of an agent that answers `initialize` and nothing else. */
async function connected() {
  const [fromAgent, toAgent] = [new PassThrough(), new PassThrough()];
  const connecting = Client.over(fromAgent, toAgent, () => {});
  await once(toAgent, 'data');
  const answer = { jsonrpc: '2.0', id: 0, result: { capabilities: { experimental: info } } };
  const body = JSON.stringify(answer);
  fromAgent.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  return { client: await connecting, fromAgent, toAgent };
}

type Connected = Awaited<ReturnType<typeof connected>>;

const ends: Readonly<Record<string, (streams: Connected) => void>> = {
  'closes its end': ({ fromAgent }) => fromAgent.destroy(),
  'is not there for a write': ({ toAgent }) => toAgent.destroy(new Error('write EPIPE')),
  'resets its end': ({ fromAgent }) => fromAgent.destroy(new Error('read ECONNRESET')),
};

describe('a client whose agent', () => {
  for (const [how, end] of Object.entries(ends))
    it(how, async () => {
      const streams = await connected();
      const { client } = streams;
      const asked = client.request(agentStatus, {});
      end(streams);
      await assert.rejects(asked, /^Error: The agent hung up/);
      await client.closed();
      await assert.rejects(client.request(agentStatus, {}), /^Error: The agent hung up/);
    });
});
