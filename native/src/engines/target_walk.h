// Walks over the sockets that a target map names (bpf/targets.h), of an object that destroys or tunes them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engines/bpf_object.h"
#include "engines/destroy_item.h"
#include "shared/broker_protocol.h"
#include "walker/walker.h"

namespace sockscope {

struct WalkTimes {
  Deadline turn;  // until when it is waited for walks of other requests
  Deadline walk;
};

class TargetWalk {
 public:
  explicit TargetWalk(const BpfObject& object)
      : targets_(object.map_fd("targets")), pending_(object.variable<uint32_t>(".bss")) {}

  // What a walk is for: the iterators of its protocols, and what else it sets, of each target and at all.
  struct Errand {
    std::vector<int> links;
    std::function<void(target_value& value)> mark = [](target_value&) {};
    std::function<void()> begin = [] {};
  };

  // Walks one namespace until all these targets have an answer, and fills in their replies, with an errno in
  // those that the walk left open (ETIMEDOUT: it hangs). Returns false, and does nothing, while a walker
  // hangs (until it ends, the target map must stay empty), or where others do not give up their turn in time.
  bool visit(int netns, const std::vector<DestroyItem>& items, const Errand& errand, WalkTimes times);

  // When the present walk began, or the last one.
  Deadline begun() const { return begun_; }

  // Forgets a walker that has ended; returns whether one still hangs.
  bool reap();

 private:
  // 0 or a positive errno.
  int try_walk(int netns, const std::vector<int>& links, Deadline deadline);
  int walk(int netns, const std::vector<int>& links, Deadline deadline);
  void collect(const std::vector<DestroyItem>& items, int error);

  int targets_;
  volatile uint32_t* pending_;  // how many of them have no answer yet
  FiberMutex turn_;             // targets are those of one walk
  Deadline begun_;
  std::optional<Walker> abandoned_;
};

}  // namespace sockscope
