// Whose network namespaces a list visits first, and how many of each. In place of the kernel: namespaces
// whose number ends in their account, which have no file.
#include "scans/namespace_visits.h"

#include <string>

#include "expect.h"
#include "scans/namespace_account.h"
#include "shared/error.h"

using namespace sockscope;

namespace sockscope {

constexpr uint32_t kAccounts = 10;
constexpr uint32_t kEnded = 13;
constexpr uint32_t kLost = 23;    // something leads to it, which cannot be opened either
constexpr uint32_t kPassed = 33;  // its socket has another owner by now
constexpr int kHeir = 2;
uint32_t newest = 0;
Deadline newest_deadline;
std::string opened;

UniqueFd open_namespace(uint32_t inode, const std::vector<Holder>& holders, SocketNamespaces&,
                        Deadline deadline) {
  bool is_lost = inode == kEnded || inode == kLost || (inode == kPassed && holders[0].pid != kHeir);
  if (is_lost) throw SystemError("open network namespace", ESRCH);
  newest = inode;
  opened += std::to_string(inode) + " ";
  newest_deadline = deadline;
  return UniqueFd();
}

bool has_lost_holders(int error) { return error == ESRCH; }

uint32_t account_of(int) { return newest % kAccounts == 9 ? kUnknownAccount : newest % kAccounts; }

}  // namespace sockscope

namespace {

class Uids : public Accounts {
 public:
  bool is_own(uint32_t uid) const override { return uid == 7; }
  uint32_t account_of(uint32_t uid) const override { return uid; }
};

std::vector<std::vector<uint32_t>> searched;

const VisitTimes kTimes = {Clock::now() + std::chrono::minutes(2), Clock::now() + std::chrono::minutes(1)};

Visits visits_of(const std::vector<uint32_t>& numbers, VisitTimes times = kTimes) {
  NamespaceHolders asked;
  for (uint32_t number : numbers) asked[number] = {{1, 3, {}, number % kAccounts}};
  SocketNamespaces sockets;
  auto find_again = [](const std::vector<uint32_t>& lost) {
    searched.push_back(lost);
    return NamespaceHolders{{11, {}}, {kLost, {{1, 3, {}, 3}}}, {kPassed, {{kHeir, 3, {}, 3}}}};
  };
  return open_visits(asked, Uids(), times, sockets, find_again);
}

std::string order_of(const Visits& visits) {
  std::string order;
  for (const Visit& visit : visits.open) order += std::to_string(visit.netns) + " ";
  return order;
}

}  // namespace

int main() {
  std::string order = order_of(visits_of({11, 12, 20, 21, 22, 27, 31, 41, 47, 52, 30}));
  expect(order == "20 27 30 47 11 12 21 22 31 52 41 ",
         "root's and the served user's first, then in turn: " + order);

  Visits few = visits_of({11, kEnded, 17, kLost});
  expect(few.open.size() == 2, "those that can be opened");
  expect(few.errors.size() == 1 && few.errors.at(kLost) == ESRCH,
         "one that has ended is no failure, one whose processes changed is");
  expect(searched == std::vector<std::vector<uint32_t>>{{kEnded, kLost}},
         "holders are looked for once, and only where they have ended");
  expect(order_of(visits_of({11, kEnded, kPassed})) == "11 33 ",
         "one that other sockets keep alive by now is visited");
  expect(few.open[0].deadline == kTimes.own && few.open[1].deadline == kTimes.others,
         "strangers have less time");
  expect(newest_deadline == kTimes.others,
         "nobody's sockets are opened for longer than strangers' namespaces");

  size_t searches = searched.size();
  Visits hurried = visits_of({17, kEnded}, {kTimes.own, Clock::now()});
  expect(searched.size() == searches && hurried.errors.at(kEnded) == ETIMEDOUT,
         "they are looked for while there is time: strangers may end namespaces all the time");

  opened.clear();
  visits_of({11, 12, 21, 47, 31, 50});
  expect(opened == "47 50 11 12 21 31 ",
         "those of the served user's and root's sockets are opened first, then in turn: " + opened);

  Visits late = visits_of({10, 11}, {Clock::now(), Clock::now()});
  expect(late.open.empty() && late.errors.at(10) == ETIMEDOUT, "none is opened when all time is over");

  std::vector<uint32_t> crowd = {3};
  for (uint32_t number = 0; number < kMaxVisits + 5; number++) {
    for (uint32_t account : {1, 7, 9, 0}) crowd.push_back(100 + number * kAccounts + account);
  }
  Visits many = visits_of(crowd);
  size_t over = 0;
  for (const auto& [netns, error] : many.errors) over += error == EDQUOT;
  expect(over == 10 && many.errors.size() == 10,
         "the limit is that of each account, of unknown ones together");
  expect(many.open.size() == crowd.size() - 10, "root and the served user have no limit");
  expect(many.open[2 * (kMaxVisits + 5)].netns == 3 || many.open[2 * (kMaxVisits + 5) + 1].netns == 3 ||
             many.open[2 * (kMaxVisits + 5) + 2].netns == 3,
         "who has one namespace is not behind who has a thousand");
  return failures == 0 ? 0 : 1;
}
