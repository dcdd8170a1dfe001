/** A port of the host that a container publishes. */

import { type Container, Podman } from '../podman';
import type { Stage } from '../stage';
import type { Holder } from './holder';
import { asOwner, connectTo, endingOf } from './puppets';

/** One for each stage. */
const podmen = new WeakMap<Stage, Promise<Podman | string>>();

function podmanOf(stage: Stage): Promise<Podman | string> {
  const podman = podmen.get(stage) ?? Podman.make(stage);
  podmen.set(stage, podman);
  return podman;
}

/** Belongs to root, so root's command line can stop it. */
export const container: Holder = {
  name: "a podman container's published port",
  async missing(stage) {
    const podman = await podmanOf(stage);
    return typeof podman === 'string' ? podman : undefined;
  },
  expected: {
    why: ['published: stop-container', 'listener: none', 'connection: none'],
    steps: ['stop-container: stopped'],
    exit: 0,
    owners: ['exit 137'],
    client: ['EOF', 'ECONNRESET'],
    before: 'busy',
    after: 'free',
  },
  async start(place) {
    const { stage, site } = place;
    const podman = await podmanOf(stage);
    if (typeof podman === 'string') throw new Error(podman);
    const { name, puppet } = await serve(podman, site.port);
    const client = await connectTo({ ...place, netns: stage.netns }, site.port);
    await puppet.accept('accepted', 'listener');
    return {
      port: site.port,
      netns: stage.netns,
      runAs: {
        user: undefined,
        environment: { ...podman.environment, SUDO_UID: String(stage.user.uid) },
      },
      owners: [asOwner(puppet)],
      client: endingOf(client, 'client'),
      stop: async () => {
        await client.stop();
        await podman.remove(name);
      },
    };
  },
};

async function serve(podman: Podman, port: number): Promise<Container> {
  const made = await podman.container(`web-${port}`, `${port}`);
  await made.puppet.listen('listener', { family: 'ipv4', address: '0.0.0.0', port });
  return made;
}
