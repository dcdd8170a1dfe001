// The sockets of a network namespace, through sock_diag.
#pragma once

#include <linux/inet_diag.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "bpf/records.h"
#include "engines/lister.h"
#include "engines/sock_diag.h"
#include "scans/socket_counts.h"
#include "shared/port_selection.h"

namespace sockscope {

// Whether sockets of this family and protocol are in socket_records.
bool is_listed_kind(uint16_t family, uint16_t protocol);

// As socket_record has it, which differs for MPTCP (mptcp_cookie.h).
uint64_t listed_cookie_of(const inet_diag_msg& message, uint16_t protocol);

// A dump of the network namespace that it was made in: every socket, of all protocols of socket_record. It
// may be carried out elsewhere, and without privileges. Protocols without a socket when it was made are left
// out.
class SocketDump {
 public:
  explicit SocketDump(const PortSelection& selection = {});

  // There is no socket to dump.
  bool is_empty() const;
  // 0; EPROTONOSUPPORT where the kernel has no sock_diag for TCP or UDP, whose sockets are missing then.
  int run(const RowVisitor& each);
  // The same, but for connections in a state in which a process holds nearly all: these last, and only where
  // `needs_open`, called once all others were visited, returns true. One that changes its state meanwhile may
  // be visited twice.
  int run(const RowVisitor& each, const std::function<bool()>& needs_open);

 private:
  int run_tcp(uint32_t states, const RowVisitor& each);
  int run_others(const RowVisitor& each);

  SocketCounts counts_;
  uint32_t netns_;
  std::optional<SockDiag> diag_;  // none where there is nothing to dump
};

}  // namespace sockscope
