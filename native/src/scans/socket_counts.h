// How many sockets a network namespace has, by the kernel's own counters. They cost nothing, while a dump
// walks tables that all namespaces share, however empty one is.
#pragma once

#include <cstdint>
#include <string>

namespace sockscope {

// What is missing or not understood counts as "there may be some". The kernel adds up its processors' shares
// without a lock: a socket that is opened on one and closed on another in that very microsecond can hide
// another one from this list.
class SocketCounts {
 public:
  // Of the caller's network namespace. Read it before opening a socket there, which would be counted.
  static SocketCounts read();
  // The texts of /proc/net/sockstat and sockstat6, and of protocols; empty where that does not count MPTCP.
  SocketCounts(const std::string& sockstat, const std::string& sockstat6, const std::string& protocols = "")
      : sockstat_("\n" + sockstat), sockstat6_("\n" + sockstat6), protocols_("\n" + protocols) {}

  // TCP of either family, in any state.
  bool may_have_tcp() const;
  // AF_INET or AF_INET6; a protocol of socket_record.
  bool may_have(uint16_t family, uint16_t protocol) const;

 private:
  bool may_have_mptcp() const;

  std::string sockstat_, sockstat6_, protocols_;  // each line behind a line break
};

}  // namespace sockscope
