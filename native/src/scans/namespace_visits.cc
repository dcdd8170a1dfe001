#include "scans/namespace_visits.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
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

// As whose a namespace is opened, before it is known whose it is: 0 where a process or a file leads to it,
// which takes no walker.
uint32_t uid_of(const std::vector<Holder>& holders) {
  auto is_socket = [](const Holder& holder) { return holder.fd >= 0; };
  bool by_sockets = !holders.empty() && std::all_of(holders.begin(), holders.end(), is_socket);
  return by_sockets ? holders[0].uid : 0;
}

// The order in which they are opened: one of each stranger after the other, behind root's and the served
// user's.
std::multimap<size_t, uint32_t> by_opening(const NamespaceHolders& asked, const Accounts& accounts) {
  std::map<uint32_t, size_t> taken;
  std::multimap<size_t, uint32_t> order;
  for (const auto& [netns, holders] : asked) {
    uint32_t uid = uid_of(holders);
    bool is_own = uid == 0 || accounts.is_own(uid);
    order.emplace(is_own ? 0 : ++taken[accounts.account_of(uid)], netns);
  }
  return order;
}

bool has_lost_holders(int error) { return error == ENOENT || error == ESRCH || error == EBADF; }

// One that ended after it was found is no failure. All processes are read at most once, however many end.
void forget_ended(std::map<uint32_t, int>& errors) {
  auto is_lost = [](const auto& entry) { return has_lost_holders(entry.second); };
  if (std::none_of(errors.begin(), errors.end(), is_lost)) return;
  NamespaceHolders left;
  add_namespaces_of_processes(left);
  add_named_namespaces(left);
  for (auto at = errors.begin(); at != errors.end();)
    at = is_lost(*at) && left.count(at->first) == 0 ? errors.erase(at) : std::next(at);
}

}  // namespace

Visits open_visits(const NamespaceHolders& asked, const Accounts& accounts, VisitTimes times,
                   SocketNamespaces& sockets) {
  Visits visits;
  Turns turns(accounts);
  std::multimap<size_t, Visit> by_turn;
  for (const auto& [opening, netns] : by_opening(asked, accounts)) {
    try {
      if (Clock::now() >= times.own) throw SystemError("open network namespace", ETIMEDOUT);
      Deadline until = opening == 0 ? times.own : times.others;
      UniqueFd opened = open_namespace(netns, asked.at(netns), sockets, until);
      uint32_t account = account_of(opened.get());
      size_t turn = turns.next_of(account);
      bool is_own = turn == 0;
      Deadline deadline = is_own ? times.own : times.others;
      by_turn.emplace(turn, Visit{netns, std::move(opened), account, is_own, deadline});
    } catch (const SystemError& error) {
      visits.errors[netns] = error.code();
    }
  }
  forget_ended(visits.errors);
  for (auto& [turn, visit] : by_turn) visits.open.push_back(std::move(visit));
  return visits;
}

}  // namespace sockscope
