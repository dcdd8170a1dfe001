// The sockets of a listing: its rows, one for each file descriptor, grouped by socket and by program.
#pragma once

#include <cstdint>
#include <vector>

#include "bpf/records.h"
#include "join/hash_index.h"

namespace sockscope {

// Rows of one listing, which outlive whatever is made of them.
struct Rows {
  const socket_record* data = nullptr;
  uint32_t count = 0;

  const socket_record& operator[](uint32_t row) const { return data[row]; }
};

// Part of a list of numbers.
struct Part {
  uint32_t begin = 0;
  uint32_t count = 0;
};

struct Grouped {
  uint32_t row;  // the first of the socket, which describes it
  Part owners;   // of owner_rows()
};

class Sockets {
 public:
  // In the order of their first rows.
  explicit Sockets(Rows rows);

  uint32_t size() const { return static_cast<uint32_t>(sockets_.size()); }
  const Grouped& operator[](uint32_t socket) const { return sockets_[socket]; }
  const socket_record& record(uint32_t socket) const { return rows_[sockets_[socket].row]; }
  Rows rows() const { return rows_; }

  // Rows with an owner, each descriptor once; those of one socket by pid and descriptor.
  const std::vector<uint32_t>& owner_rows() const { return owner_rows_; }
  // The socket with this cookie, which is unique on the machine; kNone: there is none.
  uint32_t find(uint64_t cookie) const;
  // Whether a socket of another listing has the same rows here, whatever their sequence numbers.
  bool same(uint32_t socket, const Sockets& others, uint32_t other) const;

 private:
  void sort_owners(Grouped& socket);

  Rows rows_;
  std::vector<Grouped> sockets_;
  std::vector<uint32_t> owner_rows_;
  HashIndex by_cookie_;
};

// A socket in a file of which no process is visible that holds it. Of a time-wait socket the kernel knows
// none.
bool has_hidden_owner(const Sockets& sockets, uint32_t socket);

// What runs in the processes of a listing: one program for each pid, start time and name.
class Programs {
 public:
  explicit Programs(Rows rows);

  // The first row of each.
  const std::vector<uint32_t>& rows() const { return first_rows_; }
  uint32_t size() const { return static_cast<uint32_t>(first_rows_.size()); }
  // By row; kNone: it has no owner.
  const std::vector<uint32_t>& of_rows() const { return of_rows_; }

 private:
  std::vector<uint32_t> first_rows_;
  std::vector<uint32_t> of_rows_;
};

}  // namespace sockscope
