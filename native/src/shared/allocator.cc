#include "shared/allocator.h"

#include <malloc.h>

namespace sockscope {

#ifdef __GLIBC__

namespace {

// Larger than what a list of ten thousand sockets takes at once: fresh pages cost more than used ones.
constexpr int kOwnMapping = 4 * 1024 * 1024;
constexpr int kKept = 8 * 1024 * 1024;
// Threads are few, and allocate little.
constexpr int kArenas = 2;

}  // namespace

void keep_little_memory() {
  mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_ARENA_MAX, kArenas);
}

void give_back_memory() { malloc_trim(0); }

#else

void keep_little_memory() {}
void give_back_memory() {}

#endif

}  // namespace sockscope
