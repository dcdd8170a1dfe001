/** Connections whose two ends tell what has become of them, beside one that nobody asks for. */

import assert from 'node:assert/strict';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { type DestroyedSocket, type Target, targetOf } from '../../agent/protocol';
import { connectErrno } from '../helpers/outages';
import { connectAll, type Place, places } from '../helpers/pairs';
import { assertEchoes, type Puppet, type SocketInfo } from '../helpers/puppet';
import type { Stage } from '../helpers/stage';

const [ipv4] = places as [Place];

export type Fate = 'lives' | 'destroyed';

export class Ground {
  readonly #server: Puppet;
  readonly #owner: Puppet;
  /** A listener that a load holds down. */
  readonly #held: SocketInfo;
  /** Cookies of the owner's ends, by the name of the connection. */
  readonly #cookies = new Map<string, string>();
  #made = 0;

  private constructor(server: Puppet, owner: Puppet, held: SocketInfo) {
    this.#server = server;
    this.#owner = owner;
    this.#held = held;
  }

  static async prepare(stage: Stage): Promise<Ground> {
    const server = await stage.puppet();
    const held = await server.listen('held', { family: 'ipv4', address: '127.0.0.1' });
    const ground = new Ground(server, await stage.puppet(), held);
    await ground.#connect(['bystander']);
    return ground;
  }

  /** Makes so many connections; resolves with their names. */
  async connect(count: number): Promise<string[]> {
    const names = Array.from({ length: count }, () => `connection ${this.#made++}`);
    await this.#connect(names);
    return names;
  }

  async #connect(names: readonly string[]): Promise<void> {
    const listener = `listener of ${names[0]}`;
    const { pairs } = await connectAll(this.#server, this.#owner, ipv4, listener, names);
    for (const name of names) this.#cookies.set(name, pairs[name]?.client.cookie ?? '');
    await this.#server.close(listener);
  }

  cookie(name: string): string {
    return this.#cookies.get(name) ?? '';
  }

  /** The owner's ends, as a list shows them. */
  async targets(client: Client, names: readonly string[]): Promise<Target[]> {
    const { sockets } = await listAll(client, `cookie:${names.map((name) => this.cookie(name)).join()}`);
    return names.map((name) => {
      const found = sockets.find(({ cookie }) => cookie === this.cookie(name));
      assert.ok(found, `${name} is listed`);
      return targetOf(found);
    });
  }

  /** Fails where one end was destroyed, and the other does not know. Ends the connection. */
  async fateOf(name: string): Promise<Fate> {
    const errnos = [await this.#owner.pending(name), await this.#server.pending(name)];
    const lives = errnos.every((errno) => errno === null);
    if (lives) await assertEchoes([this.#owner, name], [this.#server, name]);
    else assert.deepEqual(errnos, ['ECONNABORTED', 'ECONNRESET'], name);
    for (const puppet of [this.#owner, this.#server]) await puppet.close(name);
    this.#cookies.delete(name);
    return lives ? 'lives' : 'destroyed';
  }

  /** Makes one, and destroys it. */
  async destroyOne(client: Client): Promise<{ name: string; result: DestroyedSocket }> {
    const [name = ''] = await this.connect(1);
    const targets = await this.targets(client, [name]);
    const [result] = await destroyTargets(client, { targets });
    assert.ok(result);
    return { name, result };
  }

  get heldPort(): number {
    return this.#held.local[1];
  }

  /** Of a connect to the port that may be held down; null: it succeeds. */
  async connectErrno(): Promise<string | null> {
    const errno = await connectErrno(this.#owner, this.#held.local);
    if (errno === null) {
      await this.#server.accept('tried', 'held');
      for (const [puppet, name] of [
        [this.#owner, 'try'],
        [this.#server, 'tried'],
      ] as const)
        await puppet.close(name);
    }
    return errno;
  }

  /** Nobody has asked for it, and nobody is told that it ended. */
  assertBystander(): Promise<void> {
    return assertEchoes([this.#owner, 'bystander'], [this.#server, 'bystander']);
  }
}

/** An answer says what has happened: destroyed, or not; or that it is closed, and nobody knows by whom. */
export function assertTrue(
  { outcome, message }: Pick<DestroyedSocket, 'outcome' | 'message'>,
  fate: Fate,
): void {
  if (outcome === 'gone' && message.endsWith('what closed it is unknown'))
    assert.equal(fate, 'destroyed', message);
  else assert.equal(outcome === 'destroyed' ? 'destroyed' : 'lives', fate, `${outcome}: ${message}`);
}
