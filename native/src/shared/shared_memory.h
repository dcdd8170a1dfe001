// Memory that a process and the children it forks afterwards both see.
#pragma once

#include <sys/mman.h>

#include "shared/error.h"

namespace sockscope {

class SharedMemory {
 public:
  // Zeroed. What is not used costs nothing.
  explicit SharedMemory(size_t size)
      : size_(size),
        memory_(
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    if (memory_ == MAP_FAILED) throw SystemError("mmap");
  }
  ~SharedMemory() { munmap(memory_, size_); }
  SharedMemory(const SharedMemory&) = delete;

  void* get() const { return memory_; }

 private:
  size_t size_;
  void* memory_;
};

}  // namespace sockscope
