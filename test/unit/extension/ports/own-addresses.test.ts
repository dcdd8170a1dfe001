import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ownAddresses } from '../../../../extension/ports/own-addresses';
import { socket } from '../../../helpers/sockets';

it('only bound sockets at addresses of their own have a port there alone', () => {
  const own = [socket('10.0.0.5:3000', null), socket('10.0.0.5:3000', '10.0.0.6:40000')];
  assert.deepEqual(ownAddresses(own), ['10.0.0.5']);
  for (const usual of ['0.0.0.0', '127.0.0.1', '[::]', '[::1]'])
    assert.deepEqual(ownAddresses([...own, socket(`${usual}:3000`, null)]), [], usual);
  assert.deepEqual(ownAddresses([socket('10.0.0.5:3000', '10.0.0.6:40000')]), []);
});
