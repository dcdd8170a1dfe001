/** How fast a connection is that a degrade makes slow: asked against measured, in ten steps, over loopback and a cable. */

import { rateText } from '../../agent/protocol';
import { degrade } from '../../test/helpers/degrades';
import { connectAll, places } from '../../test/helpers/pairs';
import { streamer, throughput } from '../../test/helpers/streams';
import { report, title } from './report.mjs';
import { onStage } from './stage.mjs';

const asked = [5e4, 1e5, 2e5, 4e5, 8e5, 1.5e6, 3e6, 6e6, 12e6, 20e6];
const cable = [
  { family: 'ipv4', loopback: '10.77.0.2' },
  { family: 'ipv6', loopback: 'fd77::2' },
];
const seconds = 12;

/** Both directions of each place, side by side, with programs of their own. */
function linesOf(stage, agent, far) {
  const ways = [...places, ...cable].flatMap((place) => [
    { place, direction: 'in' },
    { place, direction: 'out' },
  ]);
  return Promise.all(
    ways.map(async (way) => ({
      ...way,
      client: await agent.client(),
      program: await streamer(stage),
      server: await streamer(stage, cable.includes(way.place) ? { netns: far } : {}),
    })),
  );
}

/** Bytes a second that the kernel counted while one end sent all that it could. */
async function measure({ place, direction, client, program, server }, bytesPerSecond) {
  const name = rateText(bytesPerSecond);
  const { pairs } = await connectAll(server, program, place, `listener of ${name}`, [name]);
  const how = { kind: 'rate', bytesPerSecond };
  const running = await degrade(client, `cookie:${pairs[name].client.cookie}`, { how, direction });
  const [sender, receiver] = direction === 'out' ? [program, server] : [server, program];
  await throughput(sender, receiver, name, seconds);
  const { measured } = await running.stop();
  for (const end of [program, server]) await end.reset(name);
  return measured[direction].bytesPerSecond;
}

export function rates() {
  title(`Rates: asked against measured, over ${seconds} s each`);
  return onStage(async ({ stage, agent }) => {
    const far = stage.makeNetns('far');
    stage.netns.join(far);
    const lines = await linesOf(stage, agent, far);
    for (const rate of asked) {
      const measured = await Promise.all(lines.map((line) => measure(line, rate)));
      for (const [at, { place, direction }] of lines.entries()) {
        const share = Math.round((measured[at] / rate) * 100);
        report(`${rateText(rate)} ${direction} over ${place.loopback}`, `${share} %`, '95 to 105 %');
      }
    }
  });
}
