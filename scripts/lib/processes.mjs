/** Ends all processes that a run has started, and no others. */

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Marks processes by an environment variable, which children inherit: terminals have their own sessions, so a process
 * group would not contain them. Processes under sudo are not marked: sudo cleans the environment.
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

  /** Sends SIGTERM to every marked process, and SIGKILL to those that still run after `timeoutMs`. */
  async end(timeoutMs = 5000) {
    this.#signal('SIGTERM');
    const deadline = Date.now() + timeoutMs;
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
