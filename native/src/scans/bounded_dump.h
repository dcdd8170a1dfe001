// The sockets of one network namespace for a list, within limits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "bpf/records.h"
#include "engines/lister.h"
#include "scans/row_budget.h"
#include "scans/tcp_census.h"
#include "shared/port_selection.h"

namespace sockscope {

// Rows of all namespaces together that one user owns, by his account: namespaces cost him nothing.
using RowsOfAccounts = std::map<uint32_t, size_t>;

struct BoundedDump {
  std::vector<socket_record> sockets;
  uint64_t left_out = 0;
  int error = 0;  // what the walk said
};

struct DumpBounds {
  const Accounts& accounts;
  uint32_t home;
  // Its sockets have rows already: they do not count here.
  const RowBudget& owned;
  // They are in the dump all the same, as it serves later lists, too: they may have no owner by then.
  bool keeps_known;
  RowsOfAccounts used;
};

// Of one network namespace, whose sockets `walk` visits, which gives 0 or why some are missing. `owner`: its
// account_of. Counts what it keeps as used.
BoundedDump dump_within(DumpBounds& bounds, uint32_t owner,
                        const std::function<int(const RowVisitor&)>& walk);

// Of the caller's own network namespace. `census`: of those with rows; where it proves that they are all, the
// kernel need not list them once more; null: it proves nothing.
BoundedDump dump_home(DumpBounds& bounds, const PortSelection& selection, TcpCensus* census);

// For the observer: of its own namespace, with its own uid as the served one. It has no say in the uids of
// others, so each is an account.
BoundedDump dump_as_caller();

}  // namespace sockscope
