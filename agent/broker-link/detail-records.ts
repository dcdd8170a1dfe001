/** Decodes the details of one socket (socket_detail). */

import { type SocketDetail, type TcpDetail, timers } from '../protocol';
import { layout } from './native';
import { decodeName } from './records';

export function decodeDetail(bytes: Buffer): SocketDetail {
  const { offsets } = layout.socket_detail;
  const u32 = (field: keyof typeof offsets) => bytes.readUInt32LE(offsets[field]);
  return {
    receiveQueue: u32('receive_queue'),
    sendQueue: u32('send_queue'),
    timer: {
      kind: timers[bytes.readUInt8(offsets.timer)] ?? 'none',
      expiresMs: u32('timer_expires_ms'),
      retransmits: bytes.readUInt8(offsets.timer_retransmits),
    },
    tcp: bytes.readUInt8(offsets.has_tcp) === 1 ? decodeTcpDetail(bytes) : null,
  };
}

function decodeTcpDetail(bytes: Buffer): TcpDetail {
  const { offsets } = layout.socket_detail;
  const u32 = (field: keyof typeof offsets) => bytes.readUInt32LE(offsets[field]);
  const u64 = (field: keyof typeof offsets) => Number(bytes.readBigUInt64LE(offsets[field]));
  return {
    rttMs: u32('rtt_us') / 1000,
    rttVarianceMs: u32('rtt_variance_us') / 1000,
    minRttMs: u32('min_rtt_us') / 1000,
    retransmitting: u32('retransmitting'),
    totalRetransmits: u32('total_retransmits'),
    unacked: u32('unacked'),
    lost: u32('lost'),
    congestionWindow: u32('congestion_window'),
    congestionControl: decodeName(bytes, offsets.congestion_control),
    sendMss: u32('send_mss'),
    pathMtu: u32('path_mtu'),
    lastDataSentMs: u32('last_data_sent_ms'),
    lastDataReceivedMs: u32('last_data_received_ms'),
    lastAckReceivedMs: u32('last_ack_received_ms'),
    bytesSent: u64('bytes_sent'),
    bytesAcked: u64('bytes_acked'),
    bytesReceived: u64('bytes_received'),
    bytesRetransmitted: u64('bytes_retransmitted'),
    deliveryRate: u64('delivery_rate'),
  };
}
