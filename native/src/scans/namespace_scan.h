// The sockets of network namespaces in which the broker is not.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "bpf/records.h"
#include "scans/bounded_dump.h"
#include "scans/namespace_holders.h"
#include "scans/namespace_visits.h"
#include "shared/port_selection.h"
#include "walker/lock_waiters.h"

namespace sockscope {

// The sockets that sock_diag lists in one namespace, or the errno of the attempt.
struct NamespaceScan {
  BoundedDump dump;
  int error = 0;
  uint32_t account = 0;
  bool is_own = true;  // root's or the served user's
};

using NamespaceScans = std::map<uint32_t, NamespaceScan>;

// In a namespace of his own a user is root: he decides how many there are, how large and how slow. So one
// walker visits all of them, whoever owns them, and the broker none.
class NamespaceScanner {
 public:
  // `find_again`: as of open_visits().
  NamespaceScanner(const Accounts& accounts, FindHolders find_again)
      : accounts_(accounts), find_again_(std::move(find_again)) {}

  // One scan for each that is asked for and that something leads to; root's and the served user's come first,
  // and may take longer. `bounds`: null for every socket. ETIMEDOUT: there was no time left for it; EDQUOT:
  // its owner has more than are visited; ENOBUFS: no room for its sockets. Calls `meanwhile` once: while the
  // walker works, if there is one. It must not throw.
  NamespaceScans scan(const NamespaceHolders& asked, const PortSelection& selection, const DumpBounds* bounds,
                      SocketNamespaces& sockets, const std::function<void()>& meanwhile);

  // Forgets walkers that have ended; returns whether some still hang.
  bool reap() { return waiters_.reap(); }

 private:
  const Accounts& accounts_;
  FindHolders find_again_;
  LockWaiters waiters_;
};

}  // namespace sockscope
