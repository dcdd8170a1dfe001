#include "engines/tuner.h"

#include <cstring>

namespace sockscope {

Tuner::Tuner()
    : object_(tune_object(), {{}, read_directly}),
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
