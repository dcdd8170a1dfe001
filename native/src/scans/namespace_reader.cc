#include "scans/namespace_reader.h"

#include <cstring>

#include "shared/shared_memory.h"

namespace sockscope {

namespace {

// It takes some milliseconds.
constexpr std::chrono::milliseconds kReadTime(500);

}  // namespace

void NamespaceReader::read_bytes(WalkerJob job, void* into, size_t size,
                                 const std::function<void(void*)>& fill) {
  SharedMemory memory(size);
  job.work = [&] { fill(memory.get()); };
  if (int error = waiters_.run(job, Clock::now() + kReadTime, [] {}))
    throw walker_error("read in the network namespace", error);
  std::memcpy(into, memory.get(), size);
}

}  // namespace sockscope
