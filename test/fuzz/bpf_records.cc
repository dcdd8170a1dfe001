// What the BPF programs write: events of sockets, and rows of a walk, which any user can make many of. The
// first byte says which.
#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "engines/socket_ends.h"
#include "require.h"
#include "scans/charged_uid.h"
#include "scans/row_budget.h"
#include "shared/row_limit.h"

using namespace sockscope;

namespace {

constexpr uint32_t kOwnUid = 1000;
constexpr uint32_t kHome = 1;

void take_events(const uint8_t* data, size_t size) {
  SocketEnds ends;
  std::set<uint64_t> cookies;
  size_t events = 0;
  // The last one may be cut short.
  for (; size > 0; events++) {
    size_t length = std::min(size, sizeof(socket_event));
    ends.add(data, length);
    socket_event event = {};
    std::memcpy(&event, data, length);
    if (length == sizeof(event)) cookies.insert(event.cookie);
    data += length;
    size -= length;
  }
  RecordedEnds recorded = ends.take();
  require(recorded.ends.size() <= cookies.size() && recorded.lost_events == 0, "one end for each socket");
  for (const SocketEnd& end : recorded.ends) require(cookies.count(end.cookie) == 1, "an end of a socket");
  require(ends.take().ends.empty(), "each end once");
  require(ends.take_namespaces().size() <= events, "no more namespaces than events");
}

class OneUser : public Accounts {
 public:
  bool is_own(uint32_t uid) const override { return uid == kOwnUid; }
  uint32_t account_of(uint32_t uid) const override { return uid; }
};

// So small that a few rows fill it.
RowLimits few() {
  RowLimits limits;
  limits.owners = 2;
  limits.own = 8;
  limits.account = 4;
  limits.others = 6;
  limits.sockets = 12;
  return limits;
}

void take_rows(const uint8_t* data, size_t size) {
  OneUser accounts;
  RowLimits limits = few();
  RowBudget budget(accounts, kHome, limits);
  std::map<uint64_t, size_t> added, kept;
  bool has_many = false;  // of one socket and process, of which only the first are taken
  for (; size >= sizeof(socket_record); size -= sizeof(socket_record), data += sizeof(socket_record)) {
    socket_record row;
    std::memcpy(&row, data, sizeof(row));
    has_many = ++added[row.cookie] > kMaxRows || has_many;
    budget.add(row);
  }
  std::vector<socket_record> rows = budget.take_rows();
  size_t own = 0, all = 0;
  for (const socket_record& row : rows) {
    kept[row.cookie]++;
    own += accounts.is_own(charged_uid(row));
  }
  for (const auto& [cookie, count] : added) all += count;
  require(own <= limits.own && rows.size() - own <= limits.others, "as many rows as there is room for");
  for (const auto& [cookie, count] : kept) {
    require(count <= added[cookie], "no row that was not added");
    require(count <= 2 * limits.owners, "few owners of one socket");
  }
  LeftOut left_out = budget.left_out();
  bool is_counted = left_out.owners + left_out.sockets > 0;
  require(rows.size() == all || has_many || is_counted, "what is missing is counted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return -1;
  if (data[0] % 2 == 0)
    take_events(data + 1, size - 1);
  else
    take_rows(data + 1, size - 1);
  return 0;
}
