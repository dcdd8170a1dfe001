// Limit on the rows that one process can fill with one socket.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace sockscope {

// dup() is free: one user could make every listing hold a million rows of a single socket, in a few
// processes. Beyond a few descriptors, more rows add no information.
constexpr int kMaxRows = 16;

// Rows of one process come together, or at least those of one thread.
class RowLimit {
 public:
  // Whether this process may have another row for this socket (its cookie, or its inode).
  bool admits(uint32_t pid, uint64_t socket) {
    if (pid != pid_) rows_ = {};
    pid_ = pid;
    return rows_[socket]++ < kMaxRows;
  }

 private:
  uint32_t pid_ = 0;
  std::unordered_map<uint64_t, int> rows_;
};

}  // namespace sockscope
