/** The command line as the guest's programs call it. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const program = '/sockscope/sockscope.js';

/** Runs `sockscope ARGS` and resolves with what a person sees; async, so that this process goes on serving its connections. */
export function run(args, { uid = 0 } = {}) {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { uid, gid: uid }, (error, stdout, stderr) =>
      resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Runs `sockscope ARGS --json`. */
export async function sockscope(...args) {
  const { exitCode, stdout, stderr } = await run([...args, '--json']);
  let json = null;
  try {
    json = JSON.parse(stdout);
  } catch {
    // the exit code and the error text have the reason
  }
  return { exitCode, json, stderr };
}

/** Starts `sockscope ARGS`, which runs until it is killed. */
export function start(...args) {
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Calls `act` once `sockscope list --watch FILTER` watches; resolves with why the first socket was closed; null: none in 20 s. */
export async function reasonAfter(act, ...filter) {
  const command = spawn(process.execPath, [program, 'list', '--watch', '--json', ...filter]);
  const tooLong = setTimeout(() => command.kill(), 20_000);
  await Promise.race([once(command.stderr, 'data'), once(command, 'exit')]);
  act();
  let closed;
  for await (const line of createInterface({ input: command.stdout })) {
    closed = JSON.parse(line);
    if (closed.event === 'closed') break;
  }
  clearTimeout(tooLong);
  command.kill();
  return closed?.reason ?? null;
}

/** Answers of a private agent, one request after the other: each `{ result }` or `{ error }`, requested as by the command line. */
export async function ask(...requests) {
  const { json } = await sockscope('agent', 'status');
  const agent = spawn(process.execPath, ['/sockscope/agent.js', 'direct'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    agent.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const introduction = { processId: null, rootUri: null, capabilities: {}, initializationOptions: json.here };
  send({ id: 0, method: 'initialize', params: introduction });
  const answers = [];
  for await (const { id, result, error } of messagesOf(agent.stdout)) {
    if (id === undefined) continue;
    if (id > 0) answers.push({ result, error });
    const next = requests[id];
    if (!next) break;
    send({ id: id + 1, ...next });
  }
  agent.stdin.end();
  return answers;
}

/** The messages of a stream, each with a header that has its length. */
async function* messagesOf(stream) {
  let bytes = Buffer.alloc(0);
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const [header, length] = /^Content-Length: (\d+)\r\n\r\n/.exec(bytes.toString('latin1')) ?? [];
      const end = header?.length + Number(length);
      if (!(bytes.length >= end)) break;
      yield JSON.parse(bytes.toString('utf8', header.length, end));
      bytes = bytes.subarray(end);
    }
  }
}
