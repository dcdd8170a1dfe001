#include "scans/namespace_visits.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "scans/namespace_account.h"
#include "shared/error.h"

namespace sockscope {

namespace {

class Turns {
 public:
  explicit Turns(const Accounts& accounts) : accounts_(accounts) {}

  // 0: at once. Throws EDQUOT.
  size_t next_of(uint32_t account) {
    if (account == 0 || accounts_.is_own(account)) return 0;
    size_t turn = ++taken_[accounts_.account_of(account)];
    if (turn > kMaxVisits) throw SystemError("visit another network namespace of this user", EDQUOT);
    return turn;
  }

 private:
  const Accounts& accounts_;
  std::map<uint32_t, size_t> taken_;
};

}  // namespace

Visits open_visits(const NamespaceHolders& asked, const Accounts& accounts, VisitTimes times,
                   SocketNamespaces& sockets) {
  Visits visits;
  Turns turns(accounts);
  std::multimap<size_t, Visit> by_turn;
  for (const auto& [netns, holders] : asked) {
    try {
      if (Clock::now() >= times.own) throw SystemError("open network namespace", ETIMEDOUT);
      UniqueFd opened = open_namespace(netns, holders, sockets, times.others);
      uint32_t account = account_of(opened.get());
      size_t turn = turns.next_of(account);
      bool is_own = turn == 0;
      Deadline deadline = is_own ? times.own : times.others;
      by_turn.emplace(turn, Visit{netns, std::move(opened), account, is_own, deadline});
    } catch (const SystemError& error) {
      visits.errors[netns] = error.code();
    }
  }
  for (auto& [turn, visit] : by_turn) visits.open.push_back(std::move(visit));
  return visits;
}

}  // namespace sockscope
