#include "broker/destroyer.h"

#include <algorithm>
#include <utility>

#include "shared/error.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWalkTime(2000);
constexpr milliseconds kTotalTime(2400);

bool is_minisock(const DestroyTarget& target) {
  return target.state == kTimeWait || target.state == kNewSynRecv;
}

bool is_taken_over(const DestroyTarget& target, DestroyTerms terms) {
  return terms.takes_over && target.state == kListen;
}

// No socket has cookie 0, and all ones would make SOCK_DESTROY ignore the cookie (INET_DIAG_NOCOOKIE).
bool is_cookie(uint64_t cookie) { return cookie != 0 && cookie != UINT64_MAX; }

bool was_tried(const DestroyReply& reply) {
  return reply.engine != static_cast<uint32_t>(DestroyEngine::kAuto);
}

// What the walk left for sock_diag; a socket that it did not meet is gone.
bool is_left(const DestroyReply& reply) {
  return !was_tried(reply) || reply.status == DESTROY_MINISOCK || reply.status == DESTROY_BACKLOG ||
         reply.status == DESTROY_NO_KFUNC || (reply.status == DESTROY_PENDING && reply.error != 0);
}

DestroyReply untried(const DestroyTarget& target) {
  return {target.cookie, target.netns, static_cast<uint32_t>(DestroyEngine::kAuto), DESTROY_PENDING, 0};
}

void answer(const Attempt& attempt, DestroyEngine engine, destroy_status status, int error) {
  attempt.reply->engine = static_cast<uint32_t>(engine);
  attempt.reply->status = status;
  attempt.reply->error = error;
}

}  // namespace

std::vector<DestroyReply> Destroyer::destroy(DestroyTerms terms, const std::vector<DestroyTarget>& targets) {
  Deadline start = Clock::now();
  std::vector<DestroyReply> replies;
  for (const DestroyTarget& target : targets) replies.push_back(untried(target));
  std::vector<Group> groups = group(targets, replies);
  if (terms.engine != DestroyEngine::kSockDiag) {
    for (const Group& group : groups) walk(group, terms, start + kWalkTime);
  }
  if (terms.engine != DestroyEngine::kBpf) {
    for (const Group& group : groups) destroy_by_diag(group, terms, start + kTotalTime);
  }
  return replies;
}

std::vector<DestroyReply> Destroyer::inspect(const std::vector<DestroyTarget>& targets) {
  Deadline deadline = Clock::now() + kWalkTime;
  std::vector<DestroyReply> replies;
  for (const DestroyTarget& target : targets) replies.push_back(untried(target));
  for (const Group& group : group(targets, replies)) {
    if (bpf_ && bpf_->usable()) {
      bpf_->inspect(group.netns.get(), group.attempts, deadline);
    } else {
      for (const Attempt& attempt : group.attempts) answer_unwalked(attempt);
    }
  }
  return replies;
}

bool Destroyer::reap() {
  bool hangs = bpf_ && !bpf_->usable();
  return diag_.reap() || hangs;
}

std::vector<Destroyer::Group> Destroyer::group(const std::vector<DestroyTarget>& targets,
                                               std::vector<DestroyReply>& replies) const {
  std::map<uint32_t, std::vector<Attempt>> by_namespace;
  for (size_t at = 0; at < targets.size(); at++) {
    if (is_cookie(targets[at].cookie)) {
      by_namespace[targets[at].netns].push_back({&targets[at], &replies[at]});
    } else {
      replies[at].error = EINVAL;
    }
  }
  bool all_at_home = by_namespace.size() <= by_namespace.count(inventory_.home());
  NamespaceHolders holders = all_at_home ? NamespaceHolders() : inventory_.namespaces();
  std::vector<Group> groups;
  for (auto& [netns, attempts] : by_namespace) {
    try {
      groups.push_back({inventory_.open(netns, holders), attempts});
    } catch (const SystemError& error) {
      for (const Attempt& attempt : attempts) attempt.reply->error = error.code();
    }
  }
  return groups;
}

void Destroyer::walk(const Group& group, DestroyTerms terms, Deadline deadline) {
  bool forced = terms.engine == DestroyEngine::kBpf;
  if (bpf_ && bpf_->usable()) {
    std::vector<Attempt> attempts = group.attempts;
    auto skip = [forced](const Attempt& attempt) { return !forced && is_minisock(*attempt.target); };
    attempts.erase(std::remove_if(attempts.begin(), attempts.end(), skip), attempts.end());
    if (!attempts.empty()) bpf_->destroy(group.netns.get(), attempts, terms.takes_over, deadline);
    return;
  }
  for (const Attempt& attempt : group.attempts) {
    if (forced || is_taken_over(*attempt.target, terms)) answer_unwalked(attempt);
  }
}

void Destroyer::answer_unwalked(const Attempt& attempt) const {
  answer(attempt, DestroyEngine::kBpf, bpf_ ? DESTROY_PENDING : DESTROY_NO_KFUNC, bpf_ ? EBUSY : ENOSYS);
}

void Destroyer::destroy_by_diag(const Group& group, DestroyTerms terms, Deadline deadline) {
  std::vector<Attempt> attempts = group.attempts;
  auto done = [terms](const Attempt& attempt) {
    // Without SO_REUSEADDR it would be destroyed for nothing.
    if (is_taken_over(*attempt.target, terms)) return attempt.reply->status != DESTROY_BACKLOG;
    return terms.engine != DestroyEngine::kSockDiag && !is_left(*attempt.reply);
  };
  attempts.erase(std::remove_if(attempts.begin(), attempts.end(), done), attempts.end());
  refuse_locked(attempts);
  if (!attempts.empty()) diag_.destroy(group.netns.get(), attempts, deadline);
}

// SOCK_DESTROY waits for the lock of its target, beyond recall: what cannot be destroyed now would be
// destroyed late.
void Destroyer::refuse_locked(std::vector<Attempt>& attempts) const {
  std::vector<uint64_t> locked;
  for (const Attempt& attempt : attempts) locked.push_back(attempt.target->cookie);
  locked = inventory_.stalled(std::move(locked));
  auto is_locked = [&locked](const Attempt& attempt) {
    if (std::find(locked.begin(), locked.end(), attempt.target->cookie) == locked.end()) return false;
    answer(attempt, DestroyEngine::kSockDiag, DESTROY_PENDING, ETIMEDOUT);
    return true;
  };
  attempts.erase(std::remove_if(attempts.begin(), attempts.end(), is_locked), attempts.end());
}

}  // namespace sockscope
