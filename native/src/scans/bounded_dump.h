// The sockets of one network namespace for a list, within limits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "bpf/records.h"
#include "scans/row_budget.h"
#include "shared/port_selection.h"

namespace sockscope {

// Rows of all namespaces together that one user owns, by his account: namespaces cost him nothing.
using RowsOfAccounts = std::map<uint32_t, size_t>;

struct BoundedDump {
  std::vector<socket_record> sockets;
  uint64_t left_out = 0;
  // Who owns the namespace, if it is not the machine's.
  std::optional<uint32_t> account;
};

struct DumpBounds {
  const Accounts& accounts;
  uint32_t home;
  // Its sockets have rows already: they do not count here.
  const RowBudget& owned;
  const RowsOfAccounts& used;
};

// Of the caller's network namespace. `netns`: a descriptor of it.
BoundedDump dump_within(const DumpBounds& bounds, int netns, const PortSelection& selection);

// For the observer: of its own namespace, with its own uid as the served one. It has no say in the uids of
// others, so each is an account.
BoundedDump dump_as_caller();

}  // namespace sockscope
