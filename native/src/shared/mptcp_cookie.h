// A cookie for each MPTCP socket.
#pragma once

#include <netinet/in.h>

#include <cstdint>

#include "bpf/records.h"
#include "shared/newer_names.h"
#include "shared/tcp_states.h"

namespace sockscope {

// Above every cookie that the kernel's counter reaches, and still exact as a number in JavaScript.
constexpr uint64_t kMptcpCookies = uint64_t{1} << 52;

// An accepted MPTCP socket has the cookie of its listener (net/core/sock.c: sk_clone_lock copies it, and only
// inet_csk_clone_lock, which MPTCP does not call, sets another). The inode distinguishes them. Such a socket
// cannot be destroyed by its cookie, so the kernel never sees the synthetic one.
inline uint64_t synthetic_cookie(const socket_record& record) {
  if (record.protocol != IPPROTO_MPTCP || record.state == kListen || record.inode == 0) return record.cookie;
  return kMptcpCookies | record.inode;
}

}  // namespace sockscope
