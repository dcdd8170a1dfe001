#include "engines/bpf_destroyer.h"

#include <netinet/in.h>

#include <algorithm>

#include "engines/kernel_types.h"
#include "shared/error.h"

namespace sockscope {

namespace {

void adapt(bpf_object* object) {
  if (!kernel_has_function("bpf_sock_destroy")) throw SystemError("bpf_sock_destroy (Linux 6.5)", ENOSYS);
  read_directly(object);
}

bool has_protocol(const std::vector<DestroyItem>& items, uint16_t protocol) {
  return std::any_of(items.begin(), items.end(),
                     [protocol](const DestroyItem& item) { return item.target->protocol == protocol; });
}

}  // namespace

BpfDestroyer::BpfDestroyer()
    : object_(destroy_object(), {{}, adapt}),
      tcp_(object_.attach_iterator("destroy_tcp")),
      udp_(object_.attach_iterator("destroy_udp")),
      walk_(object_) {}

bool BpfDestroyer::destroy(int netns, const std::vector<DestroyItem>& items, bool takes_over,
                           WalkTimes times) {
  auto mark = [takes_over](target_value& value) { value.takes_over = takes_over; };
  return walk_.visit(netns, items, {links_of(items), mark}, times);
}

bool BpfDestroyer::inspect(int netns, const std::vector<DestroyItem>& items, WalkTimes times) {
  auto mark = [](target_value& value) { value.inspects = 1; };
  return walk_.visit(netns, items, {links_of(items), mark}, times);
}

std::vector<int> BpfDestroyer::links_of(const std::vector<DestroyItem>& items) const {
  std::vector<int> links;
  if (has_protocol(items, IPPROTO_UDP)) links.push_back(udp_.get());
  if (has_protocol(items, IPPROTO_TCP)) links.push_back(tcp_.get());
  return links;
}

}  // namespace sockscope
