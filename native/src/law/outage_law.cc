#include "law/outage_law.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace sockscope {

outage_rule within_scope(outage_rule rule, const Scope& scope) {
  if (scope.all()) return rule;
  rule.has_uid = 1;
  rule.uid = scope.uid();
  // The kernel's side compares one range.
  const std::vector<UidRange>& ranges = scope.ranges();
  rule.subuid_first = ranges.empty() ? 0 : ranges.front().first;
  rule.subuid_count = ranges.empty() ? 0 : ranges.front().count;
  return rule;
}

std::vector<uint64_t> within_scope(const std::vector<uint64_t>& cookies,
                                   const std::vector<socket_record>& rows, const Scope& scope) {
  if (scope.all()) return cookies;
  std::unordered_set<uint64_t> covered;
  for (const socket_record& row : rows) {
    if (scope.covers(row.owner_uid)) covered.insert(row.cookie);
  }
  std::vector<uint64_t> kept;
  auto is_covered = [&covered](uint64_t cookie) { return covered.count(cookie) != 0; };
  std::copy_if(cookies.begin(), cookies.end(), std::back_inserter(kept), is_covered);
  return kept;
}

}  // namespace sockscope
