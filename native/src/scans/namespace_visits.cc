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

class Opener {
 public:
  Opener(const Accounts& accounts, VisitTimes times, SocketNamespaces& sockets)
      : accounts_(accounts), times_(times), sockets_(sockets), turns_(accounts) {}

  void open(const NamespaceHolders& asked) {
    for (const auto& [opening, netns] : by_opening(asked, accounts_)) {
      try {
        open(netns, asked.at(netns), opening == 0 ? times_.own : times_.others);
      } catch (const SystemError& error) {
        errors_[netns] = error.code();
      }
    }
  }

  // Those whose holders have ended; they are no failures any more.
  std::vector<uint32_t> take_lost() {
    std::vector<uint32_t> lost;
    for (const auto& [netns, error] : errors_)
      if (has_lost_holders(error)) lost.push_back(netns);
    for (uint32_t netns : lost) errors_.erase(netns);
    return lost;
  }

  void give_up(const std::vector<uint32_t>& lost) {
    for (uint32_t netns : lost) errors_[netns] = ETIMEDOUT;
  }

  Visits take() {
    Visits visits;
    for (auto& [turn, visit] : by_turn_) visits.open.push_back(std::move(visit));
    visits.errors = std::move(errors_);
    return visits;
  }

 private:
  void open(uint32_t netns, const std::vector<Holder>& holders, Deadline until) {
    if (Clock::now() >= times_.own) throw SystemError("open network namespace", ETIMEDOUT);
    UniqueFd opened = open_namespace(netns, holders, sockets_, until);
    uint32_t account = account_of(opened.get());
    size_t turn = turns_.next_of(account);
    bool is_own = turn == 0;
    Deadline deadline = is_own ? times_.own : times_.others;
    by_turn_.emplace(turn, Visit{netns, std::move(opened), account, is_own, deadline});
  }

  const Accounts& accounts_;
  VisitTimes times_;
  SocketNamespaces& sockets_;
  Turns turns_;
  std::multimap<size_t, Visit> by_turn_;
  std::map<uint32_t, int> errors_;
};

NamespaceHolders only(const std::vector<uint32_t>& namespaces, NamespaceHolders found) {
  NamespaceHolders chosen;
  for (uint32_t netns : namespaces) chosen.insert(found.extract(netns));
  return chosen;
}

}  // namespace

Visits open_visits(const NamespaceHolders& asked, const Accounts& accounts, VisitTimes times,
                   SocketNamespaces& sockets, const FindHolders& find_again) {
  Opener opener(accounts, times, sockets);
  opener.open(asked);
  std::vector<uint32_t> lost = opener.take_lost();
  // All processes and sockets are read at most once more, however many have ended, and where there is time.
  if (lost.empty()) return opener.take();
  if (Clock::now() < times.others)
    opener.open(only(lost, find_again(lost)));
  else
    opener.give_up(lost);
  return opener.take();
}

}  // namespace sockscope
