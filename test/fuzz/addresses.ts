/** Addresses, in canonical form. */

import fc from 'fast-check';
import { formatAddress } from '../../agent/protocol';

/** Many zeros, so that there are runs to compress. */
const byte = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 255 }));
const bytesOf = (length: number) => fc.array(byte, { minLength: length, maxLength: length });
const mapped = bytesOf(4).map((last) => [...new Array<number>(10).fill(0), 255, 255, ...last]);

/** 4 or 16 bytes in network order. */
export const addressBytes = fc.oneof(bytesOf(4), bytesOf(16), mapped);

export const addresses = addressBytes.map(formatAddress);
