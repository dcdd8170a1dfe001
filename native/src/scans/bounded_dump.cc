#include "scans/bounded_dump.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "scans/socket_dump.h"
#include "shared/net_namespace.h"
#include "shared/tcp_states.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

// Of all network namespaces that one user owns.
constexpr size_t kMaxRowsOfOwner = 16384;
// Sockets of a namespace of the machine's that have owners: one whose owner just hands it on is listed
// without, but no list depends on it.
constexpr size_t kMaxKnown = 16384;
// The kernel keeps no uid of time-wait and half-open connections: 0 would charge them to root.
constexpr uint32_t kNobody = UINT32_MAX;

bool has_uid(const socket_record& row) {
  return row.state != kTimeWait && row.state != kSynRecv && row.state != kNewSynRecv;
}

// The uid that owns the user namespace of a network namespace; none: that is the broker's own, or one above.
std::optional<uint32_t> owner_of(int netns) {
  UniqueFd user_namespace(ioctl(netns, NS_GET_USERNS));
  struct stat there, own;
  bool is_known =
      user_namespace && fstat(user_namespace.get(), &there) == 0 && stat("/proc/self/ns/user", &own) == 0;
  if (!is_known || there.st_ino == own.st_ino) return {};
  uid_t owner = kNobody;
  if (ioctl(user_namespace.get(), NS_GET_OWNER_UID, &owner) != 0) return kNobody;
  return owner;
}

class BareUids : public Accounts {
 public:
  bool is_own(uint32_t uid) const override { return uid == getuid(); }
  uint32_t account_of(uint32_t uid) const override { return uid; }
};

RowLimits limits_for(const std::optional<uint32_t>& account, const RowsOfAccounts& used) {
  RowLimits limits;
  if (!account) return limits;
  auto found = used.find(*account);
  size_t taken = found == used.end() ? 0 : found->second;
  limits.own = limits.account = kMaxRowsOfOwner - std::min(taken, kMaxRowsOfOwner);
  return limits;
}

}  // namespace

BoundedDump dump_within(const DumpBounds& bounds, int netns, const PortSelection& selection) {
  BoundedDump dump;
  std::optional<uint32_t> owner = owner_of(netns);
  if (owner) dump.account = bounds.accounts.account_of(*owner);
  RowBudget budget(bounds.accounts, bounds.home, limits_for(dump.account, bounds.used));
  each_socket(selection, [&](const socket_record& row) {
    if (!bounds.owned.has_seen(row.cookie)) {
      budget.add(row, owner ? *owner : has_uid(row) ? row.uid : kNobody);
    } else if (!owner && dump.sockets.size() < kMaxKnown) {
      dump.sockets.push_back(row);
    }
  });
  std::vector<socket_record> rows = budget.rows();
  dump.sockets.insert(dump.sockets.end(), rows.begin(), rows.end());
  dump.left_out = budget.left_out().sockets;
  return dump;
}

BoundedDump dump_as_caller() {
  BareUids uids;
  UniqueFd netns = open_own_namespace();
  uint32_t home = namespace_inode(netns.get());
  return dump_within({uids, home, RowBudget(uids, home), {}}, netns.get(), {});
}

}  // namespace sockscope
