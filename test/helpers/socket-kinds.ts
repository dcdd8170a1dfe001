/** Rows of a scan: sockets of every kind. */

import { kernelsCookie } from './inventories';
import { ownerRecord, rowSocket } from './rows';

export const node = ownerRecord('node', 10);
export const ends = ['127.0.0.1:3000', '127.0.0.1:40000'] as const;
const mirrored = ['127.0.0.1:40000', '127.0.0.1:3000'] as const;

export const kinds = [
  rowSocket(...ends, { owners: [node, { ...node, fd: 9 }, ownerRecord('worker', 11)], uid: 4_294_967_295 }),
  rowSocket(...mirrored, { owners: [ownerRecord('sshd', 12)], ownersLeftOut: 65_535 }),
  rowSocket('127.0.0.1:3000', '127.0.0.1:40001', { inode: '0' }),
  rowSocket('0.0.0.0:3000', null, { owners: [node] }),
  rowSocket('[::1]:5353', null, { protocol: 'udp', state: 'close', owners: [node] }),
  rowSocket('[::ffff:10.0.0.1]:80', '[::ffff:10.0.0.2]:5000', { state: 'syn-sent', owners: [node] }),
  rowSocket('10.1.0.1:70', '10.1.0.2:71', { netns: 2, sent: 5, received: 6, owners: [node] }),
  rowSocket('10.1.0.2:71', '10.1.0.1:70', {
    netns: 3,
    sent: 6,
    received: 5,
    owners: [ownerRecord('contained', 13)],
  }),
  rowSocket('10.9.0.1:1', null, { netns: 3, state: 'bound', owners: [node] }),
  rowSocket('10.9.0.1:2', '10.9.0.2:3', { state: 'time-wait', inode: '0' }),
  rowSocket('0.0.0.0:1', null, { protocol: 'raw', state: 'close', cookie: kernelsCookie }),
  rowSocket('0.0.0.0:2', null, { protocol: 'udplite', state: 'close', cookie: '18446744073709551615' }),
  rowSocket('10.0.0.5:5', '10.0.0.6:6', { protocol: 'mptcp', inode: '9007199254740993', owners: [node] }),
  rowSocket('10.0.0.5:7', '10.0.0.6:6', { inode: '9007199254740993', mptcp: true, owners: [node] }),
];
