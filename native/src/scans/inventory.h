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
  std::vector<socket_record> ownerless;  // the others, by sock_diag
  std::vector<NamespaceRecord> namespaces;
};

class Inventory {
 public:
  // Without a lister, owners come from /proc.
  explicit Inventory(const Lister* lister);

  // Scanning a namespace takes milliseconds. Where `changed` is given (those with events since the previous
  // list), the others are scanned only at intervals; sockets that processes hold are always up to date.
  Listing list(const NamespaceSet* changed = nullptr);
  // The same of these sockets only, and always up to date: what it costs follows what is selected, but for
  // one walk over the descriptors of all processes. `namespaces`: where to ask for the ownerless; empty:
  // everywhere.
  Listing list(const PortSelection& selection, const std::vector<uint32_t>& namespaces);
  // Sockets that processes hold, of every namespace: one pass, where there is a lister.
  std::vector<socket_record> owned(const PortSelection& selection = {}) {
    return lister_ ? lister_->list(selection) : list().owned;
  }
  // Sockets changed without an event: the next list scans all namespaces.
  void invalidate() { full_scan_at_ = {}; }
  // What these namespaces can be entered through: a process in them, or their name; only where a socket alone
  // keeps one alive, a walk over all sockets finds it. The broker's own needs none.
  NamespaceHolders holders_of(const std::vector<uint32_t>& namespaces) const;
  uint32_t home() const { return home_inode_; }
  UniqueFd open(uint32_t netns, const NamespaceHolders& holders) const;
  // The same, with a scan for its holders where needed.
  UniqueFd open(uint32_t netns) const;
  // Cookies of those of these targets whose lock a process holds all the time, so that a wait for it may
  // never end; none where there is no lister.
  std::vector<uint64_t> stalled(const std::vector<DestroyTarget>& targets) const;

  // Forgets children that have ended; returns whether some still hang.
  bool reap() { return sockets_.reap(); }

 private:
  NamespaceHolders namespaces_with(const std::vector<socket_record>& owned) const;
  // The sockets that sock_diag lists in one namespace, or the errno of entering it.
  struct NamespaceScan {
    std::vector<socket_record> sockets;
    int error = 0;
  };
  NamespaceScan scan_namespace(uint32_t netns, const std::vector<Holder>& holders,
                               const PortSelection& selection = {}) const;
  void scan_namespaces(const std::vector<socket_record>& owned, const NamespaceSet* changed);
  std::vector<uint64_t> locked(const std::vector<uint64_t>& cookies, const PortSelection& around) const;
  bool has_news(const std::vector<socket_record>& ownerless) const;

  const Lister* lister_;
  UniqueFd home_;
  uint32_t home_inode_;
  mutable SocketNamespaces sockets_;
  NamespaceHolders holders_;
  std::map<uint32_t, NamespaceScan> scans_;
  Clock::time_point full_scan_at_;  // when all namespaces were scanned
  // Cookies of sockets that had a file, but no owner, in the previous listing: the kernel's own, those of pid
  // namespaces outside the broker's, those registered with io_uring.
  std::unordered_set<uint64_t> unexplained_;
};

}  // namespace sockscope
