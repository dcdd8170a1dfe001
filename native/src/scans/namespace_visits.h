// Which network namespaces a list visits, and in which order: no user can make it take long for the others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "scans/namespace_holders.h"
#include "shared/accounts.h"
#include "shared/unique_fd.h"
#include "walker/walker.h"

namespace sockscope {

// Of one account, other than root and the served user.
constexpr size_t kMaxVisits = 1000;

struct Visit {
  uint32_t netns;
  UniqueFd opened;
  uint32_t account;
  bool is_own;  // root's or the served user's
  Deadline deadline;
};

struct Visits {
  std::vector<Visit> open;  // in the order of the visits
  // Of the others that something leads to: EDQUOT, beyond kMaxVisits; else why it cannot be opened.
  std::map<uint32_t, int> errors;
};

// For how long root's and the served user's namespaces are visited, and for how long all others.
struct VisitTimes {
  Deadline own, others;
};

// What these namespaces can be entered through now, and maybe others.
using FindHolders = std::function<NamespaceHolders(const std::vector<uint32_t>& namespaces)>;

// Opens them. First root's and the served user's; then one of each other account after the other. What has
// lost its holders since they were found has others where `find_again` says so, a socket that was passed on
// for example; else nothing leads to it any more, and it is neither visited nor a failure.
Visits open_visits(const NamespaceHolders& asked, const Accounts& accounts, VisitTimes times,
                   SocketNamespaces& sockets, const FindHolders& find_again);

}  // namespace sockscope
