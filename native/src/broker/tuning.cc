#include "broker/tuning.h"

#include "broker/target_groups.h"

namespace sockscope {

namespace {

constexpr std::chrono::milliseconds kWalkTime(2000);

void leave(const std::vector<DestroyItem>& items, destroy_status status, int error) {
  for (const DestroyItem& item : items) {
    item.reply->engine = static_cast<uint32_t>(DestroyEngine::kBpf);
    item.reply->status = status;
    item.reply->error = error;
  }
}

}  // namespace

std::vector<DestroyReply> tune(Tuner* tuner, const std::vector<DestroyTarget>& targets,
                               TargetNamespaces& namespaces, const tcp_tuning& tuning, Deadline start) {
  std::vector<DestroyReply> replies = untried(targets);
  Deadline end = start + kWalkTime;
  for (const TargetGroup& group : group_by_namespace(targets, replies, namespaces)) {
    if (!tuner) {
      leave(group.items, DESTROY_NO_KFUNC, ENOSYS);
    } else if (!tuner->tune(group.netns, group.items, tuning, {end, end})) {
      leave(group.items, DESTROY_PENDING, EBUSY);
    }
  }
  return replies;
}

}  // namespace sockscope
