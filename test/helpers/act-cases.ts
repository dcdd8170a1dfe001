/** Sockets for tests of who may act on what: each is named to the agent, and shows afterwards whether it was left alone. */

import assert from 'node:assert/strict';
import type { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import { assertAccepts, assertReceives, closeFirst, connectAll, type Place, places } from './pairs';
import { until } from './programs';
import { assertEchoes, type Puppet, type SocketInfo } from './puppet';
import { inState } from './targets';

const [ipv4] = places as [Place];

export interface ActCase {
  readonly cookie: string;
  /** Fails unless its processes got their errors, or, without a process, it is gone. */
  ended(): Promise<void>;
  /** Fails unless it works as before. */
  works(): Promise<void>;
}

export type ConnectionEnd = 'client' | 'server';

export class ActCases {
  /** Sees every socket. */
  readonly #seer: Client;
  #count = 0;

  constructor(seer: Client) {
    this.#seer = seer;
  }

  #named(what: string): string {
    this.#count++;
    return `${what} ${this.#count}`;
  }

  /** One end of a connection, which has both on this machine. */
  async connection(
    server: Puppet,
    client: Puppet,
    end: ConnectionEnd,
    place: Place = ipv4,
  ): Promise<ActCase> {
    const name = this.#named('connection');
    const { pairs } = await connectAll(server, client, place, `listener of ${name}`, [name]);
    const [near, far] = end === 'client' ? [client, server] : [server, client];
    return {
      cookie: pairs[name]?.[end].cookie ?? '',
      ended: async () => {
        assert.equal(await near.errnoOf('receive', name), 'ECONNABORTED');
        assert.equal(await far.errnoOf('receive', name), 'ECONNRESET');
      },
      works: () => assertEchoes([client, name], [server, name]),
    };
  }

  /** The client's end of a connection that the server has not accepted yet. */
  async queued(server: Puppet, client: Puppet): Promise<ActCase> {
    const name = this.#named('queued');
    const { local } = await server.listen(`listener of ${name}`, { family: 'ipv4', address: '127.0.0.1' });
    const { cookie } = await client.connect(name, { family: 'ipv4', to: local });
    return {
      cookie,
      ended: async () => assert.equal(await client.errnoOf('receive', name), 'ECONNABORTED'),
      works: async () => {
        await server.accept(name, `listener of ${name}`);
        await assertEchoes([client, name], [server, name]);
      },
    };
  }

  /** With both ends in one process. */
  async connectionOf(puppet: Puppet): Promise<ActCase> {
    const name = this.#named('inside');
    const { local } = await puppet.listen(name, { family: 'ipv4', address: '127.0.0.1' });
    const { cookie } = await puppet.connect(`${name}, client`, { family: 'ipv4', to: local });
    await puppet.accept(`${name}, server`, name);
    return {
      cookie,
      ended: async () => {
        assert.equal(await puppet.errnoOf('receive', `${name}, client`), 'ECONNABORTED');
        assert.equal(await puppet.errnoOf('receive', `${name}, server`), 'ECONNRESET');
      },
      works: () => assertEchoes([puppet, `${name}, client`], [puppet, `${name}, server`]),
    };
  }

  async listener(server: Puppet, client: Puppet): Promise<ActCase> {
    const name = this.#named('listener');
    const { cookie } = await server.listen(name, { family: 'ipv4', address: '127.0.0.1' });
    return {
      cookie,
      ended: async () => assert.equal(await server.errnoOf('accept', name), 'EINVAL'),
      works: () => assertAccepts(server, client, ipv4, name),
    };
  }

  /** Bound, without a peer. */
  async datagrams(receiver: Puppet, sender: Puppet): Promise<ActCase> {
    const [name, from] = [this.#named('receiver'), this.#named('sender')];
    const binding = { family: 'ipv4', protocol: 'udp', address: '127.0.0.1' } as const;
    // One that the kernel had chosen would be given back, and the socket be destroyed.
    const [, port] = await reservedPort(receiver, name);
    const { cookie, local } = await receiver.bind(name, { ...binding, port });
    await sender.bind(from, binding);
    return {
      cookie,
      ended: async () => assert.equal(await receiver.pending(name), 'ECONNABORTED'),
      works: () => assertReceives(receiver, name, sender, from, local),
    };
  }

  /** Connected to one of the other puppet, which is connected to it. */
  async connectedDatagrams(holder: Puppet, other: Puppet): Promise<ActCase> {
    const name = this.#named('connected');
    const making = { family: 'ipv4', protocol: 'udp' } as const;
    const [here, there] = [await reservedPort(holder, name), await reservedPort(other, name)];
    const { cookie } = await holder.connect(name, { ...making, to: there, bind: here });
    await other.connect(name, { ...making, to: here, bind: there });
    return {
      cookie,
      ended: async () => assert.equal(await holder.errnoOf('receive', name), 'ECONNABORTED'),
      works: () => assertEchoes([holder, name], [other, name]),
    };
  }

  /** A client's socket whose process has closed it while the server reads nothing: what is left to send keeps it. */
  async orphan(server: Puppet, client: Puppet): Promise<ActCase> {
    const name = this.#named('orphan');
    const { local } = await server.listen(`listener of ${name}`, { family: 'ipv4', address: '127.0.0.1' });
    const socket = await client.connect(name, { family: 'ipv4', to: local });
    await server.accept(`accepted of ${name}`, `listener of ${name}`);
    await client.fill(name);
    await client.close(name);
    return this.#ownerless(socket, 'fin-wait-1');
  }

  /** An orphan whose uid the kernel has dropped: fin-wait-2 in the form of time-wait. */
  async forgottenOrphan(server: Puppet, client: Puppet): Promise<ActCase> {
    const name = this.#named('forgotten');
    const { pairs } = await connectAll(server, client, ipv4, `listener of ${name}`, [name]);
    await client.close(name);
    return this.#ownerless(pairs[name]?.client, 'fin-wait-2');
  }

  /** Of the end that closes first; the server's listener stays, or is closed. */
  async timeWait(
    server: Puppet,
    client: Puppet,
    end: ConnectionEnd,
    options: { readonly listenerStays: boolean; readonly port?: number },
  ): Promise<ActCase> {
    const name = this.#named('over');
    const listener = `listener of ${name}`;
    const { port = 0 } = options;
    const { local } = await server.listen(listener, {
      family: 'ipv4',
      address: '127.0.0.1',
      port,
      reuse: true,
    });
    const near = await client.connect(name, { family: 'ipv4', to: local });
    const far = await server.accept(name, listener);
    const order = end === 'client' ? ([client, server] as const) : ([server, client] as const);
    await closeFirst(...order, name);
    if (!options.listenerStays) await server.close(listener);
    return this.#ownerless(end === 'client' ? near : far, 'time-wait');
  }

  /** Established, in a namespace that another puppet's socket mirrors; `far` is the end elsewhere. */
  outward(name: string, near: Puppet, far: Puppet, { cookie }: SocketInfo): ActCase {
    return {
      cookie,
      ended: async () => assert.equal(await near.errnoOf('receive', name), 'ECONNABORTED'),
      works: () => assertEchoes([near, name], [far, name]),
    };
  }

  async #ownerless(
    socket: SocketInfo | undefined,
    state: 'fin-wait-1' | 'fin-wait-2' | 'time-wait',
  ): Promise<ActCase> {
    assert.ok(socket);
    const { cookie } = await inState(this.#seer, socket, state);
    return this.unanswered(cookie);
  }

  /** Without a process that could say how it is. */
  unanswered(cookie: string): ActCase {
    const found = async () => (await listAll(this.#seer, `cookie:${cookie}`)).sockets.length;
    return {
      cookie,
      // In a minute, the kernel forgets it by itself.
      ended: async () => void (await until(`${cookie} is gone`, async () => (await found()) === 0, 20_000)),
      works: async () => assert.equal(await found(), 1),
    };
  }
}

/** Of UDP, that the kernel chose and that is free again. */
async function reservedPort(puppet: Puppet, name: string): Promise<SocketInfo['local']> {
  const { local } = await puppet.bind(`port of ${name}`, {
    family: 'ipv4',
    protocol: 'udp',
    address: '127.0.0.1',
  });
  await puppet.close(`port of ${name}`);
  return local;
}
