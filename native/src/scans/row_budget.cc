#include "scans/row_budget.h"

#include <algorithm>
#include <utility>

#include "scans/charged_uid.h"
#include "shared/row_limit.h"

namespace sockscope {

namespace {

// 0 for the first row of a socket, 1 for the second, 2 for two more, 3 for four more.
size_t level_after(uint32_t rows) {
  size_t level = 0;
  for (; rows > 0; rows /= 2) level++;
  return level;
}

}  // namespace

void RowBudget::expect(size_t rows) {
  rows_.reserve(rows);
  sockets_.reserve(rows);
}

bool RowBudget::add(const socket_record& row) { return add(row, charged_uid(row)); }

bool RowBudget::add(const socket_record& row, uint32_t uid) {
  size_t known = sockets_.size();
  keep(row, uid);
  return sockets_.size() > known;
}

void RowBudget::keep(const socket_record& row, uint32_t uid) {
  Pool& pool = pool_of(uid, row.netns);
  Seen* seen = remember(row.cookie, pool.own);
  if (!seen || seen->pass != pass_) return;
  seen->of_pid = seen->pid == row.pid ? seen->of_pid + 1 : 1;
  seen->pid = row.pid;
  if (seen->of_pid > kMaxRows) return;
  uint32_t& kept = kept_of(*seen, pool);
  size_t level = std::min(level_after(kept), kLevels - 1);
  if (kept >= limits_.owners) return leave_out(*seen);
  auto place = static_cast<uint32_t>(rows_.size());
  if (is_full(pool)) {
    std::optional<uint32_t> vacant = make_room(pool, level);
    if (!vacant) return leave_out(*seen);
    place = *vacant;
    rows_[place] = row;
  } else {
    rows_.push_back(row);
  }
  pool.levels[level].push_back(place);
  pool.size++;
  others_ += !pool.own;
  kept++;
}

RowBudget::Pool& RowBudget::pool_of(uint32_t uid, uint32_t netns) {
  auto now = std::make_tuple(uid, netns);
  if (last_ && now == last_key_) return *last_;
  bool own = accounts_.is_own(uid);
  uint32_t account = own ? 0 : accounts_.account_of(uid);
  // Only root can make a namespace that is root's; a user can make any number.
  uint32_t place = netns == home_ ? 0 : account == 0 && !own ? netns : 1;
  last_ = &pools_[{own, account, place}];
  last_->own = own;
  last_key_ = now;
  return *last_;
}

// Null: there are too many. The served user's own are always listed: earlier rows of one may have been
// ignored then, so it counts as one whose owners are not all known.
RowBudget::Seen* RowBudget::remember(uint64_t cookie, bool own) {
  auto found = sockets_.find(cookie);
  if (found != sockets_.end()) return &found->second;
  if (sockets_.size() >= (own ? 2 : 1) * limits_.sockets) {
    // A later pass sees the same ones again.
    if (pass_ == 1 || forgotten_ == 0) forgotten_++;
    return nullptr;
  }
  Seen& seen = sockets_[cookie];
  seen.pass = pass_;
  if (forgotten_ > 0) leave_out(seen);
  return &seen;
}

void RowBudget::leave_out(Seen& seen) {
  seen.left_out++;
  is_complete_ = false;
}

bool RowBudget::is_full(const Pool& pool) const {
  if (pool.own) return pool.size >= limits_.own;
  return pool.size >= limits_.account || others_ >= limits_.others;
}

// At the price of rows that tell less, or of an account that has more. Returns the place of such a row.
std::optional<uint32_t> RowBudget::make_room(Pool& pool, size_t level) {
  bool alone = pool.own || pool.size >= limits_.account;
  Pool& victim = alone ? pool : greediest();
  for (size_t worst = kLevels; worst-- > 0;) {
    if (victim.levels[worst].empty()) continue;
    bool gives_way = &victim == &pool ? worst > level : worst >= level;
    return gives_way ? std::optional(evict(victim, worst)) : std::nullopt;
  }
  return std::nullopt;
}

RowBudget::Pool& RowBudget::greediest() {
  auto is_smaller = [](const auto& a, const auto& b) {
    return (a.second.own ? 0 : a.second.size) < (b.second.own ? 0 : b.second.size);
  };
  return std::max_element(pools_.begin(), pools_.end(), is_smaller)->second;
}

uint32_t RowBudget::evict(Pool& pool, size_t level) {
  uint32_t place = pool.levels[level].back();
  Seen& seen = sockets_[rows_[place].cookie];
  pool.levels[level].pop_back();
  pool.size--;
  others_ -= !pool.own;
  kept_of(seen, pool)--;
  leave_out(seen);
  return place;
}

std::vector<socket_record> RowBudget::take_rows() {
  for (socket_record& row : rows_) {
    if (is_complete_) break;
    uint32_t left_out = sockets_.at(row.cookie).left_out;
    row.owners_left_out = static_cast<uint16_t>(std::min<uint32_t>(left_out, UINT16_MAX));
  }
  return std::exchange(rows_, {});
}

LeftOut RowBudget::left_out() const {
  LeftOut left = {forgotten_, 0};
  if (is_complete_) return left;
  for (const auto& [cookie, seen] : sockets_) {
    bool is_listed = seen.own + seen.others > 0;
    if (is_listed)
      left.owners += seen.left_out;
    else
      left.sockets += seen.left_out > 0;
  }
  return left;
}

}  // namespace sockscope
