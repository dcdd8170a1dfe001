#include "scans/target_namespaces.h"

#include <algorithm>
#include <utility>

namespace sockscope {

void TargetNamespaces::expect(const std::vector<uint32_t>& namespaces) {
  auto is_known = [this](uint32_t netns) { return netns == inventory_.home() || opened_.count(netns) != 0; };
  if (!std::all_of(namespaces.begin(), namespaces.end(), is_known))
    holders_ = inventory_.holders_of(namespaces);
}

int TargetNamespaces::open(uint32_t netns) {
  auto found = opened_.find(netns);
  if (found == opened_.end()) found = opened_.emplace(netns, inventory_.open(netns, holders_)).first;
  return found->second.get();
}

}  // namespace sockscope
