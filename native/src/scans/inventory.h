// All sockets of this machine that the broker can see.
#pragma once

#include <map>
#include <unordered_set>
#include <vector>

#include "bpf/records.h"
#include "engines/lister.h"
#include "scans/namespace_holders.h"
#include "scans/socket_namespace.h"
#include "shared/broker_protocol.h"
#include "shared/net_namespace.h"
#include "walker/walker.h"

namespace sockscope {

struct Listing {
  std::vector<socket_record> owned;      // one for each file descriptor
  std::vector<socket_record> ownerless;  // what sock_diag shows besides
  std::vector<NamespaceRecord> namespaces;
};

class Inventory {
 public:
  // Without a lister, owners come from /proc.
  explicit Inventory(const Lister* lister);

  // To look at all namespaces takes milliseconds for each. Where `changed` is given (those with events since
  // the list before), the others are looked at only once in a while; what processes hold is always up to
  // date.
  Listing list(const NamespaceSet* changed = nullptr);
  // Something was done to sockets that makes no event: the next list looks everywhere.
  void invalidate() { full_scan_at_ = {}; }
  // How to enter every namespace. The broker's own needs no looking up.
  NamespaceHolders namespaces() const;
  uint32_t home() const { return home_inode_; }
  UniqueFd open(uint32_t netns, const NamespaceHolders& holders) const;
  // Looks it up, too.
  UniqueFd open(uint32_t netns) const;
  // Cookies of these that a process is inside a call on all the time, so that whoever waits for their lock
  // may wait for ever; none where there is no lister.
  std::vector<uint64_t> stalled(std::vector<uint64_t> cookies) const;

  // Forgets children that have ended; returns whether some still hang.
  bool reap() { return sockets_.reap(); }

 private:
  NamespaceHolders namespaces_with(const std::vector<socket_record>& owned) const;
  // What sock_diag shows in one namespace, or why it could not be entered.
  struct NamespaceScan {
    std::vector<socket_record> sockets;
    int error = 0;
  };
  NamespaceScan scan_namespace(uint32_t netns, const std::vector<Holder>& holders) const;
  void scan_namespaces(const std::vector<socket_record>& owned, const NamespaceSet* changed);
  std::vector<uint64_t> locked(const std::vector<uint64_t>& cookies) const;
  bool has_news(const std::vector<socket_record>& ownerless) const;

  const Lister* lister_;
  UniqueFd home_;
  uint32_t home_inode_;
  mutable SocketNamespaces sockets_;
  NamespaceHolders holders_;
  std::map<uint32_t, NamespaceScan> scans_;
  Clock::time_point full_scan_at_;  // when all namespaces were looked at
  // Cookies of what had a file, but no owner, in the listing before: the kernel's own sockets, those of pid
  // namespaces that we do not see, those registered with io_uring.
  std::unordered_set<uint64_t> unexplained_;
};

}  // namespace sockscope
