#include "law/outage_law.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <unordered_set>

namespace sockscope {

std::vector<uint32_t> always_spared() {
  return {1, static_cast<uint32_t>(getpid()), static_cast<uint32_t>(getppid())};
}

namespace {

// All have the same fields for it. The kernel's side compares so many ranges: further ones are not covered.
template <typename Struct>
Struct limit_to(Struct limited, const Scope& scope) {
  const std::vector<UidRange>& ranges = scope.ranges();
  limited.has_uid = 1;
  limited.uid = scope.uid();
  for (size_t at = 0; at < MAX_UID_RANGES; at++)
    limited.subuids[at] = at < ranges.size() ? uid_range{ranges[at].first, ranges[at].count} : uid_range{};
  return limited;
}

}  // namespace

connect_filter within_scope(connect_filter filter, const Scope& scope) {
  return scope.all() ? filter : limit_to(filter, scope);
}

history_filter history_within(const Scope& scope) {
  return scope.all() ? history_filter{} : limit_to(history_filter{}, scope);
}

outage_rule within_scope(outage_rule rule, const Scope& scope) {
  return scope.all() ? rule : limit_to(rule, scope);
}

outage_rule within_time(outage_rule rule) {
  using std::chrono::nanoseconds;
  // A hold begins with the end of a socket, for which the agent waits some seconds.
  constexpr nanoseconds kLongest = std::chrono::hours(1), kBegins = std::chrono::minutes(1);
  auto now = nanoseconds(std::chrono::steady_clock::now().time_since_epoch());
  rule.expires_ns = std::min<uint64_t>(rule.expires_ns, (now + kLongest + kBegins).count());
  rule.hold_ns = std::min<uint64_t>(rule.hold_ns, kLongest.count());
  return rule;
}

std::vector<uint64_t> within_scope(const std::vector<uint64_t>& cookies, Inventory& inventory,
                                   const Scope& scope) {
  if (scope.all() || cookies.empty()) return cookies;
  std::unordered_set<uint64_t> asked(cookies.begin(), cookies.end()), covered;
  inventory.each_owned({}, [&](const socket_record& row) {
    if (asked.count(row.cookie) != 0 && scope.covers(row.owner_uid)) covered.insert(row.cookie);
  });
  std::vector<uint64_t> kept;
  auto is_covered = [&covered](uint64_t cookie) { return covered.count(cookie) != 0; };
  std::copy_if(cookies.begin(), cookies.end(), std::back_inserter(kept), is_covered);
  return kept;
}

}  // namespace sockscope
