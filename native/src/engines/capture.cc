#include "engines/capture.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "shared/error.h"

namespace sockscope {

namespace {

// As of the map `packets`.
constexpr size_t kRingBytes = 4 * 1024 * 1024;

// Without the room behind the packet, where the ring has bytes of other packets.
int keep_record(void* taken, void* data, size_t size) {
  capture_record record = {};
  if (size < sizeof(record)) return 0;
  std::memcpy(&record, data, sizeof(record));
  record.captured = std::min<size_t>(record.captured, size - sizeof(record));
  auto* bytes = static_cast<std::vector<char>*>(taken);
  const char* head = reinterpret_cast<const char*>(&record);
  const char* packet = static_cast<const char*>(data) + sizeof(record);
  bytes->insert(bytes->end(), head, head + sizeof(record));
  bytes->insert(bytes->end(), packet, packet + record.captured);
  return 0;
}

}  // namespace

Capture::Capture()
    : hooks_(capture_object()),
      rules_(hooks_),
      ring_(hooks_.object().open_ring("packets", keep_record, &taken_)),
      state_(hooks_.object().variable<capture_state>(".bss.capture")) {}

// No more than the ring holds: a program that was detached a moment ago may still run.
void Capture::begin() {
  for (size_t left = kRingBytes; left > 0;) {
    size_t taken = take().size();
    if (taken == 0) break;
    left -= std::min(left, taken);
  }
  lost_before_ = state_->lost;
  has_begun_ = true;
}

void Capture::end() {
  for (uint32_t index = 0; index < OUTAGE_RULES; index++) {
    if (rules_.is_set(index)) rules_.clear(index);
  }
  has_begun_ = false;
}

int Capture::event_fd() const { return ring_buffer__epoll_fd(ring_.get()); }

std::vector<char> Capture::take() {
  while (taken_.size() < kTakenBytes &&
         check(ring_buffer__consume_n(ring_.get(), 1), "ring_buffer__consume_n") > 0)
    continue;
  return std::exchange(taken_, {});
}

}  // namespace sockscope
