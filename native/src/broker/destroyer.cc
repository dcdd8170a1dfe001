#include "broker/destroyer.h"

#include <algorithm>
#include <utility>

#include "scans/stalled_sockets.h"
#include "shared/error.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWalkTime(2000);
// Of both: a verdict on a target holds no longer, so a broker that was frozen leaves alone what is late.
// Behind a walk that hangs, sock_diag has 900 ms: it takes milliseconds, but for a busy machine.
constexpr milliseconds kTotalTime(2900);
// How long the walk of another request may go on; then sock_diag is the way round it.
constexpr milliseconds kTurnTime(50);

bool is_taken_over(const DestroyTarget& target, DestroyOptions options) {
  return options.takes_over && target.state == kListen;
}

bool was_tried(const DestroyReply& reply) {
  return reply.engine != static_cast<uint32_t>(DestroyEngine::kAuto);
}

// Whether the walk left the target to sock_diag; a socket that it did not find is gone.
bool is_left(const DestroyReply& reply) {
  return !was_tried(reply) || reply.status == DESTROY_MINISOCK || reply.status == DESTROY_BACKLOG ||
         reply.status == DESTROY_NO_KFUNC || (reply.status == DESTROY_PENDING && reply.error != 0);
}

template <typename Condition>
void erase_if(std::vector<DestroyItem>& items, Condition condition) {
  items.erase(std::remove_if(items.begin(), items.end(), condition), items.end());
}

void answer(const DestroyItem& item, DestroyEngine engine, destroy_status status, int error) {
  item.reply->engine = static_cast<uint32_t>(engine);
  item.reply->status = status;
  item.reply->error = error;
}

// What the walk has destroyed is to be reported all the same.
void answer_all(const std::vector<DestroyItem>& items, int error) {
  for (const DestroyItem& item : items) answer(item, DestroyEngine::kSockDiag, DESTROY_PENDING, error);
}

}  // namespace

std::vector<DestroyReply> Destroyer::destroy(DestroyOptions options,
                                             const std::vector<DestroyTarget>& targets,
                                             TargetNamespaces& namespaces, Deadline start) {
  std::vector<DestroyReply> replies = untried(targets);
  std::vector<TargetGroup> groups = group_by_namespace(targets, replies, namespaces);
  if (Clock::now() >= options.until) {
    for (DestroyReply& reply : replies)
      if (reply.error == 0) reply.error = ECANCELED;
    return replies;
  }
  if (options.engine != DestroyEngine::kSockDiag) {
    Deadline end = std::min(start + kWalkTime, options.until);
    for (const TargetGroup& group : groups) walk(group, options, end);
  }
  if (options.engine != DestroyEngine::kBpf) {
    for (TargetGroup& group : groups) keep_left(group, options);
    refuse_unsafe(groups);
    Deadline end = std::min(start + kTotalTime, options.until);
    for (const TargetGroup& group : groups) destroy_by_diag(group, end);
  }
  return replies;
}

std::vector<DestroyReply> Destroyer::inspect(const std::vector<DestroyTarget>& targets,
                                             TargetNamespaces namespaces) {
  Deadline start = Clock::now();
  std::vector<DestroyReply> replies = untried(targets);
  for (const TargetGroup& group : group_by_namespace(targets, replies, namespaces)) {
    WalkTimes times = {start + kTurnTime, start + kWalkTime};
    if (bpf_ && bpf_->inspect(group.netns, group.items, times)) continue;
    for (const DestroyItem& item : group.items) answer_unwalked(item);
  }
  return replies;
}

bool Destroyer::reap() {
  bool hangs = bpf_ && bpf_->reap();
  return diag_.reap() || hangs;
}

void Destroyer::walk(const TargetGroup& group, DestroyOptions options, Deadline deadline) {
  bool forced = options.engine == DestroyEngine::kBpf;
  std::vector<DestroyItem> items = group.items;
  erase_if(items, [forced](const DestroyItem& item) { return !forced && is_minisock(item.target->state); });
  if (items.empty()) return;
  auto needs_walk = [&](const DestroyItem& item) { return forced || is_taken_over(*item.target, options); };
  bool has_to_wait = std::any_of(items.begin(), items.end(), needs_walk);
  auto turn = [&] { return has_to_wait ? deadline : std::min(deadline, bpf_->begun() + kTurnTime); };
  if (bpf_ && bpf_->destroy(group.netns, items, options.takes_over, {turn(), deadline})) return;
  for (const DestroyItem& item : items)
    if (needs_walk(item)) answer_unwalked(item);
}

void Destroyer::answer_unwalked(const DestroyItem& item) const {
  answer(item, DestroyEngine::kBpf, bpf_ ? DESTROY_PENDING : DESTROY_NO_KFUNC, bpf_ ? EBUSY : ENOSYS);
}

void Destroyer::keep_left(TargetGroup& group, DestroyOptions options) {
  erase_if(group.items, [options](const DestroyItem& item) {
    // Destroyed without SO_REUSEADDR, it would still block the port.
    if (is_taken_over(*item.target, options)) return item.reply->status != DESTROY_BACKLOG;
    return options.engine != DestroyEngine::kSockDiag && !is_left(*item.reply);
  });
}

void Destroyer::refuse_unsafe(std::vector<TargetGroup>& groups) {
  try {
    refuse_locked(groups);
  } catch (const SystemError& error) {
    for (TargetGroup& group : groups) {
      answer_all(group.items, error.code());
      group.items.clear();
    }
  }
}

// SOCK_DESTROY waits for the lock of its target and cannot be cancelled: a socket that is locked now would be
// destroyed late.
void Destroyer::refuse_locked(std::vector<TargetGroup>& groups) {
  std::vector<DestroyTarget> targets;
  for (const TargetGroup& group : groups)
    for (const DestroyItem& item : group.items) targets.push_back(*item.target);
  if (targets.empty()) return;
  std::vector<uint64_t> locked = stalled(inventory_, targets);
  for (TargetGroup& group : groups) {
    erase_if(group.items, [&locked](const DestroyItem& item) {
      if (std::find(locked.begin(), locked.end(), item.target->cookie) == locked.end()) return false;
      answer(item, DestroyEngine::kSockDiag, DESTROY_PENDING, ETIMEDOUT);
      return true;
    });
  }
}

void Destroyer::destroy_by_diag(const TargetGroup& group, Deadline deadline) {
  if (group.items.empty()) return;
  try {
    diag_.destroy(group.netns, group.items, deadline);
  } catch (const SystemError& error) {
    answer_all(group.items, error.code());
  }
}

}  // namespace sockscope
