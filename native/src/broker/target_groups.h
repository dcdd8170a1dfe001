// The targets of a request by their network namespaces, as walks need them.
#pragma once

#include <vector>

#include "engines/destroy_item.h"
#include "scans/target_namespaces.h"

namespace sockscope {

struct TargetGroup {
  int netns;  // open, as long as the namespaces are
  std::vector<DestroyItem> items;
};

// One for each target, in their order, before anything is tried.
std::vector<DestroyReply> untried(const std::vector<DestroyTarget>& targets);

// Those of namespaces that cannot be opened, and of cookies that no socket has, get their errno in `replies`,
// which the items refer to.
std::vector<TargetGroup> group_by_namespace(const std::vector<DestroyTarget>& targets,
                                            std::vector<DestroyReply>& replies, TargetNamespaces& namespaces);

}  // namespace sockscope
