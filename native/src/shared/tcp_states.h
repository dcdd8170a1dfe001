// The states of TCP sockets (include/net/tcp_states.h), which not every distribution has in its headers.
#pragma once

#include <cstdint>

namespace sockscope {

enum TcpState : uint8_t {
  kEstablished = 1,
  kSynSent = 2,
  kSynRecv = 3,
  kFinWait1 = 4,
  kFinWait2 = 5,
  kTimeWait = 6,
  kClose = 7,
  kCloseWait = 8,
  kLastAck = 9,
  kListen = 10,
  kClosing = 11,
  kNewSynRecv = 12,
  kBoundInactive = 13,  // Linux 6.8, for dumps only: such a socket is in kClose
};

// A small entry in place of a socket, without a lock.
inline bool is_minisock(uint32_t state) { return state == kTimeWait || state == kNewSynRecv; }

}  // namespace sockscope
