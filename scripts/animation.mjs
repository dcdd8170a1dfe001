/**
 * The moving picture of README.md, of screenshots that test/e2e/story.test.ts has made: `npm run test:e2e -- story`, and then this.
 * An APNG, which browsers and the Marketplace show: its frames are the data of the PNG files, as they are.
 * https://www.w3.org/TR/png-3/#apng-frame-based-animation
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const frames = [
  ['1 tree', 2000],
  ['1 menu', 2000],
  ['2 question', 3000],
  ['3 password', 2000],
  ['4 destroyed', 4000],
];

/** Of a PNG file, behind its signature: type and data. */
function chunksOf(png) {
  const chunks = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    chunks.push([
      png.toString('latin1', at + 4, at + 8),
      png.subarray(at + 8, at + 8 + png.readUInt32BE(at)),
    ]);
  return chunks;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, check]);
}

function numbers(...values) {
  const data = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) data.writeUInt32BE(value, 4 * index);
  return data;
}

const pictures = frames.map(([name]) => readFileSync(join('build', 'screenshots', `${name}.png`)));
const [header] = chunksOf(pictures[0]);
let sequence = 0;
const parts = pictures.flatMap((picture, index) => {
  const [ownHeader, ...rest] = chunksOf(picture);
  if (!ownHeader[1].equals(header[1])) throw new Error('The screenshots are of different sizes or formats');
  const data = Buffer.concat(rest.filter(([type]) => type === 'IDAT').map(([, part]) => part));
  const delay = Buffer.alloc(6); // milliseconds of a second; neither disposed nor blended
  delay.writeUInt16BE(frames[index][1], 0);
  delay.writeUInt16BE(1000, 2);
  const size = header[1].subarray(0, 8);
  const control = Buffer.concat([numbers(sequence++), size, numbers(0, 0), delay]);
  // The first frame is also what programs show that know no animation.
  const image = index === 0 ? chunk('IDAT', data) : chunk('fdAT', Buffer.concat([numbers(sequence++), data]));
  return [chunk('fcTL', control), image];
});

const signature = pictures[0].subarray(0, 8);
const animation = chunk('acTL', numbers(frames.length, 0)); // for ever
const file = [signature, chunk(...header), animation, ...parts, chunk('IEND', Buffer.alloc(0))];
writeFileSync(join('.github', 'screenshot.png'), Buffer.concat(file));
