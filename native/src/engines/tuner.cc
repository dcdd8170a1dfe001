#include "engines/tuner.h"

#include <cstring>

#include "shared/error.h"
#include "shared/kernel_version.h"

namespace sockscope {

namespace {

// Older ones load the object, and refuse to read these options.
const EmbeddedObject& loadable(const EmbeddedObject& object) {
  if (!is_kernel_at_least(6, 1)) throw SystemError("bpf_getsockopt of keepalive (Linux 6.1)", ENOSYS);
  return object;
}

}  // namespace

Tuner::Tuner()
    : object_(loadable(tune_object()), {{}, read_directly}),
      tcp_(object_.attach_iterator("tune_tcp")),
      walk_(object_),
      wanted_(object_.variable<tcp_tuning>(".bss.wanted")) {}

bool Tuner::tune(int netns, const std::vector<DestroyItem>& items, const tcp_tuning& tuning,
                 WalkTimes times) {
  // In its turn: the walk before may still read its own.
  auto begin = [&] { std::memcpy(const_cast<tcp_tuning*>(wanted_), &tuning, sizeof(tuning)); };
  return walk_.visit(netns, items, {{tcp_.get()}, [](target_value&) {}, begin}, times);
}

}  // namespace sockscope
