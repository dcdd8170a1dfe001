#include "scans/socket_dump.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "shared/mptcp_cookie.h"
#include "shared/net_namespace.h"
#include "shared/newer_names.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// SOCKSCOPE_RAW is the number by which sock_diag knows RAW sockets, too.
static_assert(SOCKSCOPE_RAW == IPPROTO_RAW);
constexpr uint16_t kProtocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_MPTCP, IPPROTO_RAW};

// Of connections before close(): one that no process has accepted yet goes from the first to the second.
constexpr uint32_t kOpenStates = 1u << kEstablished | 1u << kCloseWait;

socket_record record_of(const inet_diag_msg& message, uint16_t protocol, uint32_t netns) {
  socket_record record = {};
  record.cookie = cookie_of(message);
  record.inode = message.idiag_inode;
  record.netns = netns;
  record.fd = -1;
  record.uid = message.idiag_uid;
  record.family = message.idiag_family;
  record.protocol = protocol;
  record.local_port = ntohs(message.id.idiag_sport);
  record.remote_port = ntohs(message.id.idiag_dport);
  std::memcpy(record.local_address, message.id.idiag_src, address_size(message.idiag_family));
  std::memcpy(record.remote_address, message.id.idiag_dst, address_size(message.idiag_family));
  record.state = message.idiag_state;
  if (record.state == kBoundInactive) record.state = kClose;
  record.flags = message.idiag_inode == 0 ? SOCKSCOPE_ORPHAN : 0;
  record.cookie = synthetic_cookie(record);
  return record;
}

}  // namespace

bool is_listed_kind(uint16_t family, uint16_t protocol) {
  return (family == AF_INET || family == AF_INET6) &&
         std::find(std::begin(kProtocols), std::end(kProtocols), protocol) != std::end(kProtocols);
}

uint64_t listed_cookie_of(const inet_diag_msg& message, uint16_t protocol) {
  return record_of(message, protocol, 0).cookie;
}

SocketDump::SocketDump(const PortSelection& selection) : counts_(SocketCounts::read()) {
  netns_ = namespace_inode(open_own_namespace().get());
  if (!is_empty()) diag_.emplace(selection);
}

bool SocketDump::is_empty() const {
  auto has = [this](uint16_t protocol) {
    return counts_.may_have(AF_INET, protocol) || counts_.may_have(AF_INET6, protocol);
  };
  return !counts_.may_have_tcp() && std::none_of(std::begin(kProtocols), std::end(kProtocols), has);
}

int SocketDump::run(const RowVisitor& each) {
  int of_tcp = run_tcp(kAllStates, each);
  int of_others = run_others(each);
  return of_tcp ? of_tcp : of_others;
}

int SocketDump::run(const RowVisitor& each, const std::function<bool()>& needs_open) {
  int of_tcp = run_tcp(~kOpenStates, each);
  if (needs_open()) of_tcp = run_tcp(kOpenStates, each);
  int of_others = run_others(each);
  return of_tcp ? of_tcp : of_others;
}

int SocketDump::run_tcp(uint32_t states, const RowVisitor& each) {
  if (!diag_ || !counts_.may_have_tcp()) return 0;
  bool was_dumped = diag_->dump_tcp(
      states, [&](const inet_diag_msg& message) { each(record_of(message, IPPROTO_TCP, netns_)); });
  return was_dumped ? 0 : EPROTONOSUPPORT;
}

int SocketDump::run_others(const RowVisitor& each) {
  int error = 0;
  if (!diag_) return error;
  for (uint16_t protocol : kProtocols) {
    if (protocol == IPPROTO_TCP) continue;
    for (uint8_t family : {AF_INET, AF_INET6}) {
      if (!counts_.may_have(family, protocol)) continue;
      auto of_protocol = [&](const inet_diag_msg& message) { each(record_of(message, protocol, netns_)); };
      bool was_dumped = diag_->dump(family, protocol, of_protocol);
      if (!was_dumped && protocol == IPPROTO_UDP) error = EPROTONOSUPPORT;
    }
  }
  return error;
}

}  // namespace sockscope
