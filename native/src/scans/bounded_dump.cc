#include "scans/bounded_dump.h"

#include <unistd.h>

#include <algorithm>

#include "scans/socket_dump.h"
#include "shared/net_namespace.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// Of all network namespaces that one user owns.
constexpr size_t kMaxRowsOfOwner = 16384;
// Sockets of a namespace of the machine's that have owners, for later lists: one whose owner just hands it on
// is listed without, but no list depends on it.
constexpr size_t kMaxKnown = 16384;
// The kernel keeps no uid of time-wait and half-open connections: 0 would charge them to root.
constexpr uint32_t kNobody = UINT32_MAX;

bool has_uid(const socket_record& row) {
  return row.state != kTimeWait && row.state != kSynRecv && row.state != kNewSynRecv;
}

class BareUids : public Accounts {
 public:
  bool is_own(uint32_t uid) const override { return uid == getuid(); }
  uint32_t account_of(uint32_t uid) const override { return uid; }
};

bool is_machines(uint32_t owner) { return owner == 0; }

RowLimits limits_for(uint32_t owner, size_t used) {
  RowLimits limits;
  if (!is_machines(owner)) limits.own = limits.account = kMaxRowsOfOwner - std::min(used, kMaxRowsOfOwner);
  return limits;
}

}  // namespace

BoundedDump dump_within(DumpBounds& bounds, uint32_t owner,
                        const std::function<int(const RowVisitor&)>& walk) {
  BoundedDump dump;
  size_t& used = bounds.used[bounds.accounts.account_of(owner)];
  RowBudget budget(bounds.accounts, bounds.home, limits_for(owner, used));
  dump.error = walk([&](const socket_record& row) {
    if (!bounds.owned.has_seen(row.cookie)) {
      if (budget.has_seen(row.cookie)) return;  // twice in one dump
      budget.add(row, !is_machines(owner) ? owner : has_uid(row) ? row.uid : kNobody);
    } else if (bounds.keeps_known && is_machines(owner) && dump.sockets.size() < kMaxKnown) {
      dump.sockets.push_back(row);
    }
  });
  std::vector<socket_record> rows = budget.take_rows();
  dump.sockets.insert(dump.sockets.end(), rows.begin(), rows.end());
  dump.left_out = budget.left_out().sockets;
  used += dump.sockets.size();
  return dump;
}

BoundedDump dump_home(DumpBounds& bounds, const PortSelection& selection, TcpCensus* census) {
  SocketDump dump(selection);
  return dump_within(bounds, 0, [&](const RowVisitor& each) {
    if (!census) return dump.run(each);
    auto count = [&](const socket_record& row) {
      census->count_dumped(row, bounds.owned.has_seen(row.cookie));
      each(row);
    };
    return dump.run(count, [&] { return !census->is_complete(); });
  });
}

BoundedDump dump_as_caller() {
  BareUids uids;
  uint32_t home = namespace_inode(open_own_namespace().get());
  RowBudget owned(uids, home);
  DumpBounds bounds = {uids, home, owned, false, {}};
  SocketDump sockets;
  return dump_within(bounds, 0, [&sockets](const RowVisitor& each) { return sockets.run(each); });
}

}  // namespace sockscope
