/** Connections on loopback in the stage's namespace, between many processes of its user. */

import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../../test/helpers/programs';
import { startClient, startServer } from '../traffic.mjs';

/** Each is a server and a client: 50 processes. */
const pairs = 25;
/** The kernel drops time-wait sockets after 60 s. */
const timeWaitMs = 70_000;
const halfASecond = 500;

/** The time-wait sockets of the namespace: a hundred thousand of an earlier load make a walk many times slower. */
async function timeWait({ netns }) {
  const { stdout } = await run(['cat', '/proc/net/sockstat'], { netns });
  return Number(/^TCP:.* tw (\d+)/m.exec(stdout)[1]);
}

async function waitForTimeWait(stage) {
  const deadline = Date.now() + timeWaitMs;
  while ((await timeWait(stage)) > 0) {
    if (Date.now() > deadline) throw new Error('Sockets in time-wait stay longer than they should');
    await sleep(halfASecond);
  }
}

export class Load {
  #stage;
  #clients = [];
  #open = 0;

  static async start(stage) {
    stage.netns.crowd();
    const load = new Load();
    load.#stage = stage;
    for (let pair = 0; pair < pairs; pair++) {
      const { port } = await startServer(stage);
      load.#clients.push(startClient(stage, port));
    }
    return load;
  }

  /** The pid of one of its processes; each has as many connections. */
  get pid() {
    return this.#clients[0].pid;
  }

  /** Opens more, until there are so many sockets: a connection is two of them, and each server has a listener. */
  async grow(sockets) {
    const each = Math.round((sockets - pairs) / 2 / pairs) - this.#open;
    await Promise.all(this.#clients.map((client) => client.ask({ open: each, gap: [0, 0] })));
    this.#open += each;
    await waitForTimeWait(this.#stage);
  }
}
