import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { connectTo, findAgentSocket } from '../../../../agent/client/endpoint';

const uid = 4711;

describe("finding the agent's socket", { skip: process.getuid?.() === 0 ? false : 'it needs root' }, () => {
  let base: string;
  let folder: string;
  let path: string;
  let server: Server;

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'sockscope-'));
    folder = join(base, String(uid));
    path = join(folder, 'agent.sock');
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(base, 0o755);
    server = createServer((client) => client.end());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chownSync(path, uid, uid);
  });

  afterEach(() => {
    server.close();
    rmSync(base, { recursive: true, force: true });
  });

  async function refusal(): Promise<string> {
    const found = findAgentSocket(uid, base);
    assert.equal(found.kind, 'refused');
    return found.kind === 'refused' ? found.reason : '';
  }

  it('accepts a socket of the user in folders of root', async () => {
    assert.deepEqual(findAgentSocket(uid, base), { kind: 'ready', path });
  });

  it('finds none if there is none', async () => {
    assert.deepEqual(findAgentSocket(uid + 1, base), { kind: 'absent' });
    assert.deepEqual(findAgentSocket(uid, join(base, 'x')), { kind: 'absent' });
  });

  it("R6: refuses a user's own folder", async () => {
    chownSync(folder, uid, uid);
    assert.match(await refusal(), /belongs to user 4711 and not to root/);
  });

  it('R6: refuses folders that other users can write', async () => {
    chmodSync(folder, 0o1777);
    assert.match(await refusal(), /can be written by others/);
    chmodSync(folder, 0o755);
    chmodSync(base, 0o775);
    assert.match(await refusal(), /can be written by others/);
  });

  it('R6: refuses a link in place of the folder', async () => {
    const elsewhere = join(base, 'elsewhere');
    mkdirSync(elsewhere);
    rmSync(folder, { recursive: true });
    symlinkSync(elsewhere, folder);
    assert.match(await refusal(), /is not a folder/);
  });

  it("R6: refuses another user's socket, and a file that is no socket", async () => {
    chownSync(path, uid + 1, uid);
    assert.match(await refusal(), /belongs to user 4712 and not to 4711/);
    rmSync(path);
    writeFileSync(path, '');
    assert.match(await refusal(), /is not a socket/);
  });

  it('connects, and resolves with null if no process listens any more', async () => {
    const socket = await connectTo(path);
    assert.ok(socket);
    socket.destroy();
    assert.equal(await connectTo(join(folder, 'nothing.sock')), null);
  });
});
