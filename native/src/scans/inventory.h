// All sockets of this machine that the broker can see.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "bpf/records.h"
#include "engines/lister.h"
#include "scans/bounded_dump.h"
#include "scans/namespace_holders.h"
#include "scans/namespace_scan.h"
#include "scans/socket_namespace.h"
#include "scans/tcp_census.h"
#include "shared/broker_protocol.h"
#include "shared/net_namespace.h"
#include "walker/walker.h"

namespace sockscope {

// Within the limits of RowBudget.
struct Listing {
  std::vector<socket_record> owned;      // one for each file descriptor
  std::vector<socket_record> ownerless;  // the others, by sock_diag
  std::vector<NamespaceRecord> namespaces;
  LeftOut left_out;
};

class Inventory {
 public:
  // Without a lister, owners come from /proc.
  Inventory(const Lister* lister, const Accounts& accounts);

  // Scanning a namespace takes milliseconds. Where `changed` is given (those with events since the previous
  // list), the others, and those of other users than root and the served one, are scanned only at intervals;
  // sockets that processes hold are always up to date.
  Listing list(const NamespaceSet* changed = nullptr);
  // The same of these sockets only, and always up to date: what it costs follows what is selected, but for
  // one walk over the descriptors of all processes. `namespaces`: where to ask for the ownerless; empty:
  // everywhere.
  Listing list(const PortSelection& selection, const std::vector<uint32_t>& namespaces);
  // Those of these sockets that these processes hold, but for subflows of MPTCP. Throws SystemError where
  // they cannot be read apart (before Linux 6.1, without a lister).
  Listing list_of(const std::vector<uint32_t>& processes, const PortSelection& selection) const;
  // A row for every descriptor of a socket, of every namespace, however many there are: whoever judges must
  // miss none. Keep only what decides.
  void each_owned(const PortSelection& selection, const RowVisitor& visit);
  // Of these rows, those of the processes that the targets name as owners. Returns false where that is not
  // possible (before Linux 6.1, without a lister, too many of them).
  bool each_of_owners(const std::vector<DestroyTarget>& targets, const RowVisitor& visit) const;
  // Sockets changed without an event: the next list scans all namespaces.
  void invalidate() { full_scan_at_ = {}; }
  // What these namespaces can be entered through: a process in them, or their name; only where a socket alone
  // keeps one alive, a walk over all sockets finds it. The broker's own needs none.
  NamespaceHolders holders_of(const std::vector<uint32_t>& namespaces) const;
  uint32_t home() const { return home_inode_; }
  UniqueFd open(uint32_t netns, const NamespaceHolders& holders) const;
  // The same, with a scan for its holders where needed.
  UniqueFd open(uint32_t netns) const;
  // Whether rows have SOCKSCOPE_LOCKED.
  bool reads_locks() const { return lister_ != nullptr; }

  // Forgets children that have ended; returns whether some still hang.
  bool reap() {
    bool hangs = others_.reap();
    return sockets_.reap() || hangs;
  }

 private:
  NamespaceHolders namespaces_with(const std::vector<socket_record>& owned) const;
  NamespaceHolders holders_among(const std::vector<uint32_t>& namespaces, const RowBudget& owned) const;
  // Of these namespaces; none: of all.
  NamespaceScans scan_among(const std::vector<uint32_t>& namespaces, const RowBudget& owned,
                            const PortSelection& selection);
  struct ScanOptions {
    PortSelection selection;
    bool keeps_known = false;     // as of DumpBounds
    TcpCensus* census = nullptr;  // of the broker's own namespace, for dump_home()
  };
  // `kept`: scans whose rows are in the list, too.
  NamespaceScans scan_asked(NamespaceHolders asked, const RowBudget& owned, const NamespaceScans& kept,
                            const ScanOptions& options);
  void scan_namespaces(const RowBudget& owned, const NamespaceSet* changed, TcpCensus& census,
                       Listing& listing);
  static void add_scans(const NamespaceScans& scans, Listing& listing);
  // Joins what was found; walks again where `has_news` says so of the sockets without an owner.
  void complete(Listing& listing, RowBudget& owned, const PortSelection& selection,
                const std::function<bool(const std::vector<socket_record>&)>& has_news) const;
  bool has_news(const std::vector<socket_record>& ownerless) const;

  const Lister* lister_;
  const Accounts& accounts_;
  uint32_t home_inode_;
  NamespaceScanner others_;
  mutable SocketNamespaces sockets_;
  NamespaceHolders holders_;
  NamespaceScans scans_;
  uint64_t begun_ = 0;              // how many lists of all sockets
  size_t expected_ = 0;             // rows with an owner, about
  Clock::time_point full_scan_at_;  // when all namespaces were scanned
  // States of sockets that had a file, but no owner, in the previous listing: the kernel's own, those of pid
  // namespaces outside the broker's, those registered with io_uring.
  TcpCensus::States unexplained_;
};

}  // namespace sockscope
