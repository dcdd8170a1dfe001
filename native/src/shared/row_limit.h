// Limits on the rows of a list: no other user sets its size. Those on rows of each account are in
// scans/row_budget.h.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace sockscope {

// Rows that one process fills with one socket: dup() is free, and further descriptors add no information.
constexpr uint32_t kMaxRows = 16;

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
  std::unordered_map<uint64_t, uint32_t> rows_;
};

}  // namespace sockscope
