/** Published ports, from real output of podman and docker. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayBePublished, parsePublishers, tracePublished } from '../../../../../agent/client/ports/published';
import { holder } from '../../../../helpers/port-world';
import { owner } from '../../../../helpers/sockets';

const id = 'a'.repeat(64);
const other = 'b'.repeat(64);
const publisher = { id, name: 'web', runtime: 'docker', addresses: ['127.0.0.1'] } as const;
const second = { ...publisher, id: other, name: 'db' } as const;

describe('published ports', () => {
  const cases: readonly [
    ports: string,
    port: number,
    protocol: 'tcp' | 'udp',
    ...addresses: readonly (string | null)[],
  ][] = [
    ['0.0.0.0:8080->80/tcp, :::8080->80/tcp', 8080, 'tcp', '0.0.0.0', '::'],
    ['0.0.0.0:8080->80/tcp, [::]:8080->80/tcp', 8080, 'tcp', '0.0.0.0', '::'],
    ['127.0.0.1:8088->80/tcp', 8088, 'tcp', '127.0.0.1'],
    ['8088->80/tcp', 8088, 'tcp', null],
    ['0.0.0.0:8080->80/tcp', 80, 'tcp'],
    ['0.0.0.0:53->53/udp', 53, 'udp', '0.0.0.0'],
    ['0.0.0.0:53->53/udp', 53, 'tcp'],
    ['0.0.0.0:8000-8002->8000-8002/tcp', 8001, 'tcp', '0.0.0.0'],
    ['0.0.0.0:8000-8002->8000-8002/tcp', 8003, 'tcp'],
    ['80/tcp', 80, 'tcp'],
    ['', 80, 'tcp'],
    ['nonsense:80->', 80, 'tcp'],
  ];
  for (const [ports, port, protocol, ...addresses] of cases)
    it(`${addresses.length > 0 ? 'finds' : 'does not find'} ${protocol} ${port} in "${ports}"`, () =>
      assert.deepEqual(
        parsePublishers('docker', `${id}\tweb\t${ports}\n`, { port, protocol }),
        addresses.length > 0 ? [{ ...publisher, addresses }] : [],
      ));

  it('finds only what is published at the address', () => {
    const at = (ports: string, ...addresses: string[]) =>
      parsePublishers('docker', `${id}\tweb\t${ports}\n`, { port: 8080, protocol: 'tcp', addresses }).length;
    const one = '127.0.0.1:8080->80/tcp';
    assert.deepEqual([at(one), at(one, '127.0.0.1'), at(one, '0.0.0.0'), at(one, '127.0.0.2')], [1, 1, 1, 0]);
    assert.deepEqual([at('[::1]:8080->80/tcp', '::1'), at('8080->80/tcp', '127.0.0.2')], [1, 1]);
  });

  it('skips other lines', () =>
    assert.deepEqual(parsePublishers('docker', `error\n\n${id}\n`, { port: 80, protocol: 'tcp' }), []));

  it('finds the container of a proxy that listens', () => {
    const proxy = owner('docker-proxy', 7, { command: 'docker-proxy -proto tcp -host-port 3000' });
    const [traced] = tracePublished([holder('published', [proxy])], [publisher]);
    assert.equal(traced?.publisher, publisher);
    assert.deepEqual([traced.holder.kind, traced.holder.remedy], ['published', 'stop-container']);
    assert.match(traced.holder.why, /"web" of docker.*through docker-proxy \(pid 7\)/);
  });

  it('finds the container by the id among the arguments of conmon', () => {
    const conmon = owner('conmon', 7, { command: `conmon -c ${other} -n db` });
    const [traced] = tracePublished([holder('published', [conmon])], [publisher, second]);
    assert.equal(traced?.publisher, second);
  });

  it('stops nothing if the container is uncertain', () => {
    const proxy = owner('docker-proxy', 7);
    for (const publishers of [[], [publisher, second]]) {
      const [traced] = tracePublished([holder('published', [proxy])], publishers);
      assert.deepEqual([traced?.publisher, traced?.holder.remedy], [null, 'none']);
    }
  });

  it('names the runtimes of containers of one name', () => {
    const proxy = holder('published', [owner('docker-proxy', 7)]);
    const why = (...names: string[]) =>
      tracePublished(
        [proxy],
        [publisher, ...names.map((name) => ({ ...publisher, id: other, name, runtime: 'podman' as const }))],
      )[0]?.holder.why ?? '';
    assert.match(why('web'), /one of "web" \(docker\), "web" \(podman\)/);
    assert.match(why('db'), /one of "web", "db"/);
  });

  it('finds the container by the address of the proxy', () => {
    const proxy = holder('published', [owner('docker-proxy', 7)]);
    const elsewhere = { ...second, addresses: ['127.0.0.2', null] };
    assert.equal(tracePublished([proxy], [elsewhere, publisher])[0]?.publisher, publisher);
  });

  it('adds what NAT publishes without a socket', () => {
    const traced = tracePublished([holder('time-wait', [])], [publisher]);
    assert.deepEqual(
      traced.map(({ holder }) => [holder.kind, holder.sockets.length]),
      [
        ['published', 0],
        ['time-wait', 1],
      ],
    );
  });

  it('takes a listener without a visible owner on a published port for the proxy, and never one with an owner', () => {
    assert.equal(tracePublished([holder('listener', [])], [publisher])[0]?.publisher, publisher);
    const owned = holder('listener', [owner('node', 42)]);
    const traced = tracePublished([owned], [publisher]).find(({ holder }) => holder === owned);
    assert.equal(traced?.publisher, null);
    const beside = tracePublished(
      [holder('published', [owner('rootlessport', 7)]), holder('listener', [])],
      [publisher],
    );
    assert.deepEqual(
      beside.map((traced) => traced.publisher),
      [publisher, null],
    );
    assert.equal(mayBePublished([holder('listener', [owner('node', 42)])]), false);
    assert.equal(mayBePublished([holder('listener', []), holder('time-wait', [])]), true);
  });
});
