/** Ending everything that a run started, and nothing else. */

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Marks processes by an environment variable, which children inherit: terminals have sessions of their own, so a process
 * group would not hold them. What sudo started is not marked: sudo cleans the environment.
 */
export class Mark {
  #entry = `SOCKSCOPE_RUN=${randomUUID()}`;

  get environment() {
    const [name, value] = this.#entry.split('=');
    return { [name]: value };
  }

  /** The marked processes that live. */
  pids() {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && this.#isMarked(name))
      .map(Number);
  }

  #isMarked(pid) {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(this.#entry);
    } catch {
      return false; // it ended, or belongs to another user
    }
  }

  /** Asks every marked process to end, and kills what still lives after `patience` milliseconds. */
  async end(patience = 5000) {
    this.#signal('SIGTERM');
    const deadline = Date.now() + patience;
    while (this.pids().length > 0 && Date.now() < deadline) await sleep(100);
    this.#signal('SIGKILL');
    while (this.pids().length > 0 && Date.now() < deadline + 2000) await sleep(50);
    return this.pids();
  }

  #signal(name) {
    for (const pid of this.pids()) {
      try {
        process.kill(pid, name);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
  }
}

/** Whether 127.0.0.1:port can be bound; port 0 asks for any. Resolves with the port, or undefined if it is taken. */
export function freePort(port = 0) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const bound = server.address().port;
      server.close(() => resolve(bound));
    });
  });
}
