import assert from 'node:assert/strict';
import { it } from 'node:test';
import { errnoName, socketOwnersText } from '../../../../agent/common/wording';
import { owner } from '../../../helpers/sockets';

it('errno have the names that the manual gives them', () => {
  const names = {
    1: 'EPERM',
    11: 'EAGAIN',
    74: 'EBADMSG',
    103: 'ECONNABORTED',
    116: 'ESTALE',
    122: 'EDQUOT',
  };
  for (const [errno, name] of Object.entries(names)) assert.equal(errnoName(Number(errno)), name);
  assert.equal(errnoName(4711), 'errno 4711');
});

it('an owner that cannot be read is not an absent one', () => {
  const nobody = { owners: [], ownersLeftOut: 0 };
  assert.equal(socketOwnersText({ ...nobody, inode: '0' }), 'no process');
  assert.equal(socketOwnersText({ ...nobody, inode: '7' }), 'a hidden process');
  assert.equal(socketOwnersText({ ...nobody, inode: '7', owners: [owner('node', 42)] }), 'node (pid 42)');
});
