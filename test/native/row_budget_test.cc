// Whose rows stay in a list when there are too many, with limits small enough to see it.
#include "scans/row_budget.h"

#include <algorithm>
#include <set>
#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

constexpr uint32_t kUser = 1000, kOther = 1001, kThird = 1002, kRoot = 0;
constexpr uint32_t kHome = 1, kElsewhere = 2;
constexpr RowLimits kLimits = {8, 100, 40, 60, 200};

// Ten subordinate uids each: 20000 and 20010 onwards.
class TwoUsers : public Accounts {
 public:
  bool is_own(uint32_t uid) const override { return account_of(uid) == kUser; }
  uint32_t account_of(uint32_t uid) const override {
    if (uid >= 20000 && uid < 20010) return kUser;
    return uid >= 20010 && uid < 20020 ? kOther : uid;
  }
};

const TwoUsers accounts;

socket_record row(uint64_t cookie, uint32_t pid, uint32_t uid, uint32_t netns = kHome) {
  socket_record record = {};
  record.cookie = cookie;
  record.pid = pid;
  record.owner_uid = record.uid = uid;
  record.netns = netns;
  return record;
}

// Every one of these processes holds all of these sockets, as after a fork.
void add_shared(RowBudget& budget, uint64_t first, uint32_t sockets, uint32_t processes, uint32_t uid) {
  for (uint32_t pid = 0; pid < processes; pid++) {
    for (uint32_t at = 0; at < sockets; at++) budget.add(row(first + at, uid * 1000 + pid, uid));
  }
}

size_t rows_of(const RowBudget& budget, uint32_t uid) {
  return std::count_if(budget.kept().begin(), budget.kept().end(),
                       [uid](const socket_record& one) { return one.owner_uid == uid; });
}

size_t sockets_of(const RowBudget& budget) {
  std::set<uint64_t> cookies;
  for (const socket_record& one : budget.kept()) cookies.insert(one.cookie);
  return cookies.size();
}

void complete() {
  RowBudget budget(accounts, kHome);
  add_shared(budget, 1, 1, 257, kOther);
  LeftOut left = budget.left_out();
  expect(rows_of(budget, kOther) == 257 && left.owners == 0 && left.sockets == 0,
         "a server with 256 workers is complete");
}

void repeated() {
  RowBudget budget(accounts, kHome, kLimits);
  for (int fd = 0; fd < 100; fd++) budget.add(row(1, 7, kUser));
  budget.add(row(1, 8, kUser));
  expect(rows_of(budget, kUser) == 8 && budget.left_out().owners == 9, "owners of one socket");
}

void first_owners() {
  RowBudget budget(accounts, kHome, kLimits);
  add_shared(budget, 1, 30, 6, kOther);
  LeftOut left = budget.left_out();
  expect(sockets_of(budget) == 30 && rows_of(budget, kOther) == 40,
         "every socket keeps an owner before any has many");
  expect(left.sockets == 0 && left.owners == 140, "and what is left out is counted");
  for (const socket_record& one : RowBudget(budget).take_rows())
    if (one.owners_left_out == 0) return expect(false, "on each socket");
  expect(true, "on each socket");
  add_shared(budget, 100, 10, 1, kOther);
  expect(sockets_of(budget) == 40, "a late socket takes the place of a repeated owner");
  add_shared(budget, 200, 5, 1, kOther);
  expect(sockets_of(budget) == 40 && budget.left_out().sockets == 5,
         "sockets are left out last, and counted");
}

void own_first() {
  RowBudget budget(accounts, kHome, kLimits);
  add_shared(budget, 1, 100, 3, kOther);
  add_shared(budget, 1000, 30, 3, kUser);
  expect(rows_of(budget, kUser) == 90, "the served user's own are complete beside another's flood");
  add_shared(budget, 1, 1, 1, kUser);
  expect(rows_of(budget, kUser) == 91, "also of a socket that the other holds");
}

void accounts_of_users() {
  RowBudget budget(accounts, kHome, kLimits);
  for (uint32_t uid = 20010; uid < 20020; uid++) add_shared(budget, uid * 100, 10, 1, uid);
  add_shared(budget, 1, 50, 1, kOther);
  expect(sockets_of(budget) == 40, "subordinate uids are charged to their user");
  RowBudget setuid(accounts, kHome, kLimits);
  for (uint64_t cookie = 1; cookie <= 100; cookie++) {
    socket_record held = row(cookie, 9, kOther);
    held.owner_uid = kRoot;
    setuid.add(held);
  }
  add_shared(setuid, 500, 30, 1, kRoot);
  size_t roots = std::count_if(setuid.kept().begin(), setuid.kept().end(),
                               [](const socket_record& one) { return one.uid == kRoot; });
  expect(roots == 30, "sockets that a set-user-ID program holds are charged to their creator");
}

void fair() {
  RowBudget budget(accounts, kHome, kLimits);
  add_shared(budget, 1, 40, 1, kOther);
  add_shared(budget, 100, 40, 1, kThird);
  add_shared(budget, 200, 10, 1, kRoot);
  expect(rows_of(budget, kRoot) == 10 && budget.kept().size() == 60,
         "of all others, the account with the most gives way");
  RowBudget places(accounts, kHome, kLimits);
  for (uint64_t cookie = 1; cookie <= 100; cookie++) places.add(row(cookie, 5, kRoot, kElsewhere));
  add_shared(places, 500, 20, 1, kRoot);
  auto is_home = [](const socket_record& one) { return one.netns == kHome; };
  expect(std::count_if(places.kept().begin(), places.kept().end(), is_home) == 20,
         "a container pushes out nothing of the machine's own namespace");
}

void memory() {
  RowBudget budget(accounts, kHome, kLimits);
  add_shared(budget, 1, 1000, 1, kOther);
  expect(!budget.remembers_all() && budget.left_out().sockets == 960,
         "sockets that are not remembered count, too");
  add_shared(budget, 5000, 1, 1, kUser);
  std::vector<socket_record> rows = budget.take_rows();
  auto own =
      std::find_if(rows.begin(), rows.end(), [](const socket_record& one) { return one.owner_uid == kUser; });
  expect(own != rows.end() && own->owners_left_out == 1,
         "and the user's own are listed as perhaps incomplete");
}

void passes() {
  RowBudget budget(accounts, kHome, kLimits);
  add_shared(budget, 1, 2, 1, kUser);
  budget.begin_pass();
  add_shared(budget, 1, 3, 1, kUser);
  expect(rows_of(budget, kUser) == 3 && budget.left_out().owners == 0, "a second pass adds new sockets only");
}

}  // namespace

int main() {
  complete();
  repeated();
  first_owners();
  own_first();
  accounts_of_users();
  fair();
  memory();
  passes();
  return failures == 0 ? 0 : 1;
}
