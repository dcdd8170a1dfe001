// Carries out a request to tune connections.
#pragma once

#include <vector>

#include "engines/tuner.h"
#include "scans/target_namespaces.h"

namespace sockscope {

// One reply for each target, in their order, within 2 s of `start`, when it was not yet known that they may
// be tuned. Null: DESTROY_NO_KFUNC.
std::vector<DestroyReply> tune(Tuner* tuner, const std::vector<DestroyTarget>& targets,
                               TargetNamespaces& namespaces, const tcp_tuning& tuning, Deadline start);

}  // namespace sockscope
