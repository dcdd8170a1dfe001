import assert from 'node:assert/strict';
import { it } from 'node:test';
import { errnoName } from '../../../../agent/common/wording';

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
