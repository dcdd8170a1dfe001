// Whether every open connection of a network namespace has been found among what processes hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "bpf/records.h"

namespace sockscope {

// The kernel's own counters of TCP in a network namespace.
struct TcpTotals {
  uint64_t sockets;  // in any state, time-wait too; not half-open ones, nor those that are only bound
  uint64_t begun;    // connections, ever: made or taken
  uint64_t open;     // established now, on newer kernels those in CLOSE-WAIT, too

  bool operator==(const TcpTotals& other) const {
    return sockets == other.sockets && begun == other.begun && open == other.open;
  }
};

// From the texts of /proc/net/sockstat, sockstat6 and snmp; none where one lacks a counter.
std::optional<TcpTotals> tcp_totals(const std::string& sockstat, const std::string& sockstat6,
                                    const std::string& snmp);

// Begins before anything is counted. While no connection begins, the sockets can only become fewer. So where
// there are as many in the end, they were the same ones all the time: if as many were counted, none is
// missing. A user can call what is no connection by another state (SYN-SENT, while connect() looks for a
// port), so these are counted where the kernel has them in its tables. What begins to listen is no
// connection, and could make up for one that ends after it was counted: so nothing is proved where the kernel
// has a socket with a file that no process had, unless it was there before.
class TcpCensus {
 public:
  using States = std::unordered_map<uint64_t, uint8_t>;  // by cookie

  // Of the caller's network namespace, with this inode number. `known`: sockets with a file, and without an
  // owner, of an earlier list.
  TcpCensus(uint32_t netns, States known);
  TcpCensus(uint32_t netns, States known, std::optional<TcpTotals> before)
      : netns_(netns), known_(std::move(known)), before_(before) {}

  // Once for each socket that a process holds, of whatever protocol and namespace.
  void count_held(const socket_record& socket);
  // Of those in no open state, from the kernel's tables, which may show one twice. `is_held`: it was seen
  // before.
  void count_dumped(const socket_record& socket, bool is_held);

  bool is_complete() const;
  bool is_complete(std::optional<TcpTotals> after) const;

 private:
  bool is_new(const socket_record& socket) const;

  uint32_t netns_;
  States known_;
  std::optional<TcpTotals> before_;
  uint64_t counted_ = 0;
  std::unordered_set<uint64_t> not_open_;  // cookies of those that a process holds
  std::unordered_set<uint64_t> dumped_;
  bool has_new_ = false;
};

}  // namespace sockscope
