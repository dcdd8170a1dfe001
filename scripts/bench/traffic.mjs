/** The programs that make connections, as processes of the stage's user in the stage's network namespace. */

import { LineProgram, pythonProgram } from './line-program.mjs';

function startTraffic(stage, args) {
  const command = [...pythonProgram(stage, 'traffic.py'), ...args];
  return new LineProgram(stage, command, { netns: stage.netns, user: stage.user });
}

/** Accepts on `port`. */
export async function startServer(stage) {
  const server = startTraffic(stage, ['serve']);
  const { port } = await server.answer();
  return { port, pid: server.pid, stop: () => server.stop() };
}

/** Each source address has some 28,000 ports. */
export function startClient(stage, port, source = '127.0.0.1') {
  return startTraffic(stage, ['connect', source, String(port)]);
}
