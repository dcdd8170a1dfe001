import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressBytes, canonicalAddress, formatAddress, formatEndpoint } from '../../../../agent/protocol';

describe('an address has one spelling', () => {
  const cases: [typed: string, spelled: string | null][] = [
    ['127.0.0.1', '127.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['fe80::', 'fe80::'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::ffff:a00:1', '::ffff:10.0.0.1'],
    ['256.0.0.1', null],
    ['10.0.0', null],
    ['1:2:3:4:5:6:7', null],
    ['1::2::3', null],
    ['12345::', null],
    ['', null],
    [':', null],
    ['1.2.3.4:5', null],
    ['1.2.3.4::', null],
    ['::1.2.3.4', '::102:304'],
    ['010.0.0.1', null],
    ['::ffff:10.0.0.01', null],
    ['0.0.0.0', '0.0.0.0'],
  ];
  for (const [typed, spelled] of cases)
    it(typed || '(empty)', () => assert.equal(canonicalAddress(typed), spelled));
});

it('bytes there and back', () => {
  for (const address of ['10.0.0.1', '::1', '2001:db8::ff', '::ffff:1.2.3.4'])
    assert.equal(formatAddress(addressBytes(address) ?? []), address);
});

it('an IPv6 endpoint has brackets', () => {
  assert.equal(formatEndpoint({ address: '::1', port: 80 }), '[::1]:80');
  assert.equal(formatEndpoint({ address: '127.0.0.1', port: 80 }), '127.0.0.1:80');
});
