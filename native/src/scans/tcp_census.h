// Whether every open connection of a network namespace has been found among what processes hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bpf/records.h"

namespace sockscope {

// The kernel's own counters of TCP in a network namespace.
struct TcpTotals {
  uint64_t sockets;  // in any state, time-wait too; not half-open ones, nor those that are only bound
  uint64_t begun;    // connections, ever: made or taken

  bool operator==(const TcpTotals& other) const { return sockets == other.sockets && begun == other.begun; }
};

// From the texts of /proc/net/sockstat, sockstat6 and snmp; none where one lacks a counter.
std::optional<TcpTotals> tcp_totals(const std::string& sockstat, const std::string& sockstat6,
                                    const std::string& snmp);

// Begins before anything is counted. While no connection begins, the sockets can only become fewer. So where
// there are as many in the end, they were the same ones all the time: if as many were counted, none is
// missing. Sockets that listen can begin meanwhile: one must begin, and another end after it was counted, to
// hide a third one from one list.
class TcpCensus {
 public:
  // Of the caller's network namespace, with this inode number.
  explicit TcpCensus(uint32_t netns);
  TcpCensus(uint32_t netns, std::optional<TcpTotals> before) : netns_(netns), before_(before) {}

  // Once for each socket, of whatever protocol and namespace.
  void count(const socket_record& socket);

  bool is_complete() const;
  bool is_complete(std::optional<TcpTotals> after) const;

 private:
  uint32_t netns_;
  std::optional<TcpTotals> before_;
  uint64_t counted_ = 0;
};

}  // namespace sockscope
