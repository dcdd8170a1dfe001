/** The programs that make connections, as processes of the stage's user in the stage's network namespace. */

import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { end, start } from '../../test/helpers/programs';
import { python } from '../../test/helpers/stage';

const program = 'traffic.py';

class Traffic {
  #child;
  #lines;
  /** One listener for all requests: one for each would stay until the end. */
  #ended;

  constructor(stage, args) {
    const file = join(stage.folder, program);
    // Another process may be reading it at the moment.
    if (!existsSync(file)) copyFileSync(resolve('scripts', 'bench', 'programs', program), file);
    const surroundings = { netns: stage.netns, user: stage.user };
    this.#child = start([python, file, ...args], surroundings, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => {}); // answer() reports that it ended
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#ended = once(this.#child, 'exit').then(() => {
      throw new Error(`${program} ended`);
    });
    this.#ended.catch(() => {}); // there may be no waiting request
    stage.onClose(() => this.stop());
  }

  get pid() {
    return this.#child.pid;
  }

  async answer() {
    const [line] = await Promise.race([once(this.#lines, 'line'), this.#ended]);
    return JSON.parse(line);
  }

  /** One request at a time. */
  ask(request) {
    const answer = this.answer();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  }

  stop() {
    return end(this.#child);
  }
}

/** Accepts on `port`. */
export async function startServer(stage) {
  const server = new Traffic(stage, ['serve']);
  const { port } = await server.answer();
  return { port, pid: server.pid, stop: () => server.stop() };
}

/** Each source address has some 28,000 ports. */
export function startClient(stage, port, source = '127.0.0.1') {
  return new Traffic(stage, ['connect', source, String(port)]);
}
