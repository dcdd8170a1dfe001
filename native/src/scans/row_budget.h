// Which rows stay in a list, where a user has more of them than others should have to pay for.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "bpf/records.h"
#include "shared/accounts.h"

namespace sockscope {

struct RowLimits {
  // Owners of one socket; those of the served user are counted apart. A server with 256 workers is complete.
  uint32_t owners = 512;
  // Rows of the served user.
  size_t own = 1048576;
  // Rows of each other account, and of them all.
  size_t account = 32768;
  size_t others = 98304;
  // Sockets that are remembered, whether they are listed or not.
  size_t sockets = 524288;
};

// What a list lacks. Of sockets beyond those that are remembered, each descriptor counts as one.
struct LeftOut {
  uint64_t sockets = 0;  // not listed at all
  uint64_t owners = 0;   // of sockets that are listed
};

// Takes the rows of a walk as they come, and holds no more of them than the limits allow. The served user's
// own rows have room of their own. Where the rows of an account are too many, every socket keeps its first
// owners before any has many; where those of all are, the account with the most gives way.
class RowBudget {
 public:
  // `home`: the broker's own network namespace. Rows of other ones are charged apart, so that no container
  // pushes out what the machine itself has.
  RowBudget(const Accounts& accounts, uint32_t home, RowLimits limits = {})
      : accounts_(accounts), home_(home), limits_(limits) {}

  // About so many rows will come.
  void expect(size_t rows);
  // From here on, rows of sockets that earlier passes have seen are ignored.
  void begin_pass() { pass_++; }
  // Rows of one process come together. Returns whether it is the first of its socket.
  bool add(const socket_record& row);
  // Charges a row to that uid.
  bool add(const socket_record& row, uint32_t uid);

  // Whether a row of this socket was added, kept or not. False as well for those that are not remembered.
  bool has_seen(uint64_t cookie) const { return sockets_.count(cookie) != 0; }
  bool remembers_all() const { return forgotten_ == 0; }
  // The rows that were kept, as they came: without owners_left_out.
  const std::vector<socket_record>& kept() const { return rows_; }
  // The same with owners_left_out. There are none left afterwards.
  std::vector<socket_record> take_rows();
  LeftOut left_out() const;

 private:
  static constexpr size_t kLevels = 10;

  struct Seen {
    uint32_t own = 0, others = 0;  // rows that were kept
    uint32_t left_out = 0;
    uint32_t pid = 0;  // of the newest row, and how many of it there were
    uint32_t of_pid = 0;
    uint32_t pass = 0;
  };
  // Indices of rows, by how many rows the socket had before, in powers of two.
  struct Pool {
    bool own = false;
    size_t size = 0;
    std::array<std::vector<uint32_t>, kLevels> levels;
  };
  using Key = std::tuple<bool, uint32_t, uint32_t>;

  void keep(const socket_record& row, uint32_t uid);
  Pool& pool_of(uint32_t uid, uint32_t netns);
  Seen* remember(uint64_t cookie, bool own);
  bool is_full(const Pool& pool) const;
  std::optional<uint32_t> make_room(Pool& pool, size_t level);
  Pool& greediest();
  uint32_t evict(Pool& pool, size_t level);
  void leave_out(Seen& seen);
  static uint32_t& kept_of(Seen& seen, const Pool& pool) { return pool.own ? seen.own : seen.others; }

  const Accounts& accounts_;
  uint32_t home_;
  RowLimits limits_;
  uint32_t pass_ = 1;
  std::vector<socket_record> rows_;
  std::map<Key, Pool> pools_;
  size_t others_ = 0;  // rows in the pools of others
  std::unordered_map<uint64_t, Seen> sockets_;
  bool is_complete_ = true;  // no row of theirs was left out
  uint64_t forgotten_ = 0;   // rows of sockets that are not remembered
  // The pool of the row before: rows of one process come together.
  Pool* last_ = nullptr;
  std::tuple<uint32_t, uint32_t> last_key_;
};

}  // namespace sockscope
