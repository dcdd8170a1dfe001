#include "join/sockets.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <tuple>

#include "shared/tcp_states.h"

namespace sockscope {

namespace {

bool same_row(const socket_record& a, const socket_record& b) {
  return std::memcmp(&a, &b, offsetof(socket_record, snd_nxt)) == 0;
}

bool same_program(const socket_record& a, const socket_record& b) {
  return a.pid == b.pid && a.start_time == b.start_time &&
         std::memcmp(a.name, b.name, SOCKSCOPE_NAME_SIZE) == 0;
}

uint64_t program_hash(const socket_record& row) {
  return hash_of_key(uint64_t{row.pid}) ^ hash_of({row.name, SOCKSCOPE_NAME_SIZE});
}

auto descriptor_of(const socket_record& row) { return std::tuple(row.pid, row.fd); }

}  // namespace

Sockets::Sockets(Rows rows) : rows_(rows), by_cookie_(rows.count) {
  std::vector<uint32_t> socket_of(rows.count);
  for (uint32_t row = 0; row < rows.count; row++) {
    uint64_t cookie = rows[row].cookie;
    uint32_t socket = by_cookie_.find_or_add(hash_of_key(cookie), size(),
                                             [&](uint32_t one) { return record(one).cookie == cookie; });
    if (socket == size()) sockets_.push_back({row, {}});
    socket_of[row] = socket;
    if (rows[row].pid != 0) sockets_[socket].owners.count++;
  }
  uint32_t begin = 0;
  for (Grouped& socket : sockets_) {
    socket.owners.begin = begin;
    begin += socket.owners.count;
    socket.owners.count = 0;
  }
  owner_rows_.resize(begin);
  for (uint32_t row = 0; row < rows.count; row++) {
    if (rows[row].pid == 0) continue;
    Part& owners = sockets_[socket_of[row]].owners;
    owner_rows_[owners.begin + owners.count++] = row;
  }
  for (Grouped& socket : sockets_) sort_owners(socket);
}

// Of rows with the same descriptor the last counts.
void Sockets::sort_owners(Grouped& socket) {
  if (socket.owners.count < 2) return;
  auto begin = owner_rows_.begin() + socket.owners.begin;
  auto end = begin + socket.owners.count;
  std::sort(begin, end, [this](uint32_t a, uint32_t b) {
    auto left = descriptor_of(rows_[a]), right = descriptor_of(rows_[b]);
    return left != right ? left < right : a > b;
  });
  auto last = std::unique(begin, end, [this](uint32_t a, uint32_t b) {
    return descriptor_of(rows_[a]) == descriptor_of(rows_[b]);
  });
  socket.owners.count = static_cast<uint32_t>(last - begin);
}

uint32_t Sockets::find(uint64_t cookie) const {
  return by_cookie_.find(hash_of_key(cookie), [&](uint32_t one) { return record(one).cookie == cookie; });
}

bool Sockets::same(uint32_t socket, const Sockets& others, uint32_t other) const {
  const Part& here = sockets_[socket].owners;
  const Part& there = others.sockets_[other].owners;
  if (here.count != there.count || !same_row(record(socket), others.record(other))) return false;
  for (uint32_t at = 0; at < here.count; at++)
    if (!same_row(rows_[owner_rows_[here.begin + at]], others.rows_[others.owner_rows_[there.begin + at]]))
      return false;
  return true;
}

bool has_hidden_owner(const Sockets& sockets, uint32_t socket) {
  const socket_record& record = sockets.record(socket);
  return sockets[socket].owners.count == 0 && record.inode != 0 && record.state != kTimeWait;
}

Programs::Programs(Rows rows) : of_rows_(rows.count, kNone) {
  HashIndex index;
  uint32_t last = kNone;  // most rows have the owner of the row before
  for (uint32_t row = 0; row < rows.count; row++) {
    if (rows[row].pid == 0) continue;
    auto is = [&](uint32_t program) { return same_program(rows[first_rows_[program]], rows[row]); };
    if (last == kNone || !is(last)) {
      last = index.find_or_add(program_hash(rows[row]), size(), is);
      if (last == size()) first_rows_.push_back(row);
    }
    of_rows_[row] = last;
  }
}

}  // namespace sockscope
