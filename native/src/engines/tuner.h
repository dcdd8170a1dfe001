// Sets after how long TCP connections give up their peer, through iter/tcp with bpf_setsockopt.
#pragma once

#include <vector>

#include "engines/target_walk.h"

namespace sockscope {

class Tuner {
 public:
  // Loads and attaches; throws SystemError.
  Tuner();

  // As TargetWalk::visit; DESTROY_DONE: with what came of it, ENODATA where there is nothing to give back.
  // To restore: what each had before it was first tuned by this object.
  bool tune(int netns, const std::vector<DestroyItem>& items, const tcp_tuning& tuning, WalkTimes times);

  // Forgets a walker that has ended; returns whether one still hangs.
  bool reap() { return walk_.reap(); }

 private:
  BpfObject object_;
  UniqueFd tcp_;
  TargetWalk walk_;
  volatile tcp_tuning* wanted_;
};

}  // namespace sockscope
