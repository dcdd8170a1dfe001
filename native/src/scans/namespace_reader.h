// Short questions to the kernel about what is in a network namespace.
#pragma once

#include <functional>
#include <type_traits>
#include <vector>

#include "walker/lock_waiters.h"

namespace sockscope {

class NamespaceReader {
 public:
  // What `fill` makes of `count` zeroed records, in an open namespace. A walker calls it, without privileges
  // unless `process` has some, for at most 500 ms. Throws SystemError, with the errno that `fill` threw.
  template <typename Record>
  std::vector<Record> read(int netns, size_t count, const std::function<void(Record*)>& fill,
                           Process process = Process::kQuery) {
    static_assert(std::is_trivially_copyable_v<Record>);
    std::vector<Record> records(count);
    auto fill_bytes = [&fill](void* memory) { fill(static_cast<Record*>(memory)); };
    read_bytes({netns, {}, process, {}}, records.data(), count * sizeof(Record), fill_bytes);
    return records;
  }

  // Forgets walkers that have ended; returns whether some still hang.
  bool reap() { return waiters_.reap(); }

 private:
  void read_bytes(WalkerJob job, void* into, size_t size, const std::function<void(void*)>& fill);

  LockWaiters waiters_;
};

}  // namespace sockscope
