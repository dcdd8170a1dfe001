import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closedMount, closedToRoot } from '../../../../agent/client/closed-to-root';

const mounts = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
31 22 0:40 / /tmp/.mount_Code\\040x ro,nosuid,nodev - fuse.Code.AppImage Code.AppImage ro,user_id=1000,group_id=1000
32 22 0:41 / /home rw,relatime - nfs4 server:/home rw,vers=4.2,sec=sys
33 32 0:42 / /home/ann/remote rw,nosuid - fuse.sshfs ann@host: rw,user_id=1000,group_id=1000
34 22 0:43 / /srv/shared rw - fuse.sshfs ann@host: rw,user_id=1000,group_id=1000,allow_other
35 22 0:44 / /mnt/disk rw - fuseblk /dev/sdb1 rw,user_id=0,group_id=0,allow_other
36 22 0:45 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw,user_id=0,group_id=0
37 33 254:1 /over /home/ann/remote rw - ext4 /dev/vda1 rw
`;

const closedAt = (file: string, table = mounts) => {
  const found = closedMount(file, table);
  return found && `${found.closed} ${found.path}`;
};

describe('files that root may not read', () => {
  it("lie in a mount of a user's own program: an AppImage, sshfs", () => {
    assert.equal(closedAt('/tmp/.mount_Code x/code'), 'surely /tmp/.mount_Code x');
    const uncovered = mounts.replace(/^37.*\n/m, '');
    assert.equal(closedAt('/home/ann/remote/sockscope.js', uncovered), 'surely /home/ann/remote');
  });

  it('perhaps lie on NFS', () => assert.equal(closedAt('/home/ann/.vscode/agent.js'), 'perhaps /home'));

  it('lie in none that root may read, or that another one covers', () => {
    for (const file of [
      '/usr/bin/node',
      '/tmp/.mount_Code xy/code',
      '/srv/shared/agent.js',
      '/mnt/disk/agent.js',
      '/var/lib/lxcfs/proc',
      '/home/ann/remote/agent.js',
    ])
      assert.equal(closedAt(file), null, file);
  });

  it('are not those of this test', () => assert.equal(closedToRoot([process.execPath, __filename]), null));
});
