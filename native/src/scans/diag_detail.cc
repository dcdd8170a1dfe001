#include "scans/diag_detail.h"

#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// tcp_min_rtt() before the first sample.
constexpr uint32_t kNoRtt = UINT32_MAX;

// The kernel's structs grow: fields that an older one does not have are 0.
template <typename Struct>
Struct read_struct(const rtattr& attribute) {
  Struct result = {};
  std::memcpy(&result, RTA_DATA(&attribute), std::min<size_t>(sizeof(result), RTA_PAYLOAD(&attribute)));
  return result;
}

void fill_tcp(SocketDetail& detail, const tcp_info& info) {
  detail.has_tcp = 1;
  detail.rtt_us = info.tcpi_rtt;
  detail.rtt_variance_us = info.tcpi_rttvar;
  detail.min_rtt_us = info.tcpi_min_rtt == kNoRtt ? 0 : info.tcpi_min_rtt;
  detail.retransmitting = info.tcpi_retrans;
  detail.total_retransmits = info.tcpi_total_retrans;
  detail.unacked = info.tcpi_unacked;
  detail.lost = info.tcpi_lost;
  detail.congestion_window = info.tcpi_snd_cwnd;
  detail.send_mss = info.tcpi_snd_mss;
  detail.path_mtu = info.tcpi_pmtu;
  detail.last_data_sent_ms = info.tcpi_last_data_sent;
  detail.last_data_received_ms = info.tcpi_last_data_recv;
  detail.last_ack_received_ms = info.tcpi_last_ack_recv;
  detail.bytes_sent = info.tcpi_bytes_sent;
  detail.bytes_acked = info.tcpi_bytes_acked;
  detail.bytes_received = info.tcpi_bytes_received;
  detail.bytes_retransmitted = info.tcpi_bytes_retrans;
  detail.delivery_rate = info.tcpi_delivery_rate;
}

using CongestionControl = decltype(SocketDetail::congestion_control);

void fill_attribute(SocketDetail& detail, const rtattr& attribute) {
  if (attribute.rta_type == INET_DIAG_INFO) fill_tcp(detail, read_struct<tcp_info>(attribute));
  if (attribute.rta_type == INET_DIAG_CONG) {
    size_t length = std::min<size_t>(sizeof(CongestionControl) - 1, RTA_PAYLOAD(&attribute));
    std::memcpy(detail.congestion_control, RTA_DATA(&attribute), length);
  }
}

// MPTCP has other structs as attributes, and those of a listener have no meaning.
bool has_tcp_info(const inet_diag_msg& message, uint16_t protocol) {
  return protocol == IPPROTO_TCP && message.idiag_state != kListen;
}

}  // namespace

SocketDetail detail_of(const inet_diag_msg& message, size_t length, uint16_t protocol) {
  SocketDetail detail = {};
  detail.receive_queue = message.idiag_rqueue;
  detail.send_queue = message.idiag_wqueue;
  detail.timer = message.idiag_timer;
  detail.timer_retransmits = message.idiag_retrans;
  detail.timer_expires_ms = message.idiag_expires;
  if (!has_tcp_info(message, protocol)) return detail;
  auto* attribute = reinterpret_cast<const rtattr*>(&message + 1);
  int left = static_cast<int>(length - sizeof(message));  // RTA_NEXT takes it below 0
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) fill_attribute(detail, *attribute);
  return detail;
}

}  // namespace sockscope
