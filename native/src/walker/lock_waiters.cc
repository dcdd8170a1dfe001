#include "walker/lock_waiters.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace sockscope {

namespace {

// Each is a process that cannot be ended; this bounds those that a user with stalled sockets can cause.
constexpr size_t kMaxAbandoned = 8;

}  // namespace

SystemError walker_error(const std::string& job, int error) {
  bool is_silent = error == ETIMEDOUT || error == EINTR;
  return SystemError(is_silent ? "wait for the walker that should " + job : job, error);
}

int LockWaiters::run(const WalkerJob& job, Deadline deadline, const std::function<void()>& cancel,
                     const std::function<void()>& meanwhile) {
  reap();
  if (abandoned_.size() >= kMaxAbandoned) return meanwhile(), EBUSY;
  std::optional<Walker> walker;
  int error = 0;
  try {
    walker.emplace(job);
  } catch (const SystemError& failure) {
    error = failure.code();
  }
  meanwhile();
  return walker ? wait_for(std::move(*walker), deadline, cancel) : error;
}

int LockWaiters::wait_for(Walker walker, Deadline deadline, const std::function<void()>& cancel) {
  switch (walker.wait(deadline)) {
    case WalkerEnd::kFinished:
      return walker.code();
    case WalkerEnd::kKilled:
      return Clock::now() < deadline ? EINTR : ETIMEDOUT;
    case WalkerEnd::kTimedOut:
      break;
  }
  cancel();
  walker.kill();
  abandoned_.push_back(std::move(walker));
  return ETIMEDOUT;
}

bool LockWaiters::reap() {
  auto ended = [](Walker& walker) { return walker.reap(); };
  abandoned_.erase(std::remove_if(abandoned_.begin(), abandoned_.end(), ended), abandoned_.end());
  return !abandoned_.empty();
}

}  // namespace sockscope
