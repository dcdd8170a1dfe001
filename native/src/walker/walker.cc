#include "walker/walker.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>

#include "shared/error.h"
#include "shared/net_namespace.h"
#include "shared/process.h"

namespace sockscope {

namespace {

// A timer's SIGKILL comes before whatever a frozen process goes on with.
void die_at(Deadline deadline) {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  int timer = 0;
  check(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer), "timer_create");
  auto since = deadline.time_since_epoch();
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  itimerspec at = {{}, {seconds.count(), std::chrono::nanoseconds(since - seconds).count()}};
  check(syscall(SYS_timer_settime, timer, TIMER_ABSTIME, &at, nullptr), "timer_settime");
}

// The descriptors go first: a walker that hangs must not keep a connect hook attached.
void work(const WalkerJob& job, pid_t broker) {
  std::vector<int> kept = job.kept;
  kept.push_back(job.netns);
  close_all_but(kept);
  prctl(PR_SET_NAME, "sscope-walker");
  enter_namespace(job.netns);
  close(job.netns);
  keep_capabilities(capabilities_of(job.process));
  die_with(broker);
  if (job.end) die_at(*job.end);
  filter_calls(privileges_of(job.process).calls);
  job.work();
}

[[noreturn]] void run(const WalkerJob& job, pid_t broker) noexcept {
  try {
    work(job, broker);
    _exit(0);
  } catch (const SystemError& error) {
    _exit(error.code());
  } catch (...) {
    _exit(ENOMEM);
  }
}

}  // namespace

Walker::Walker(const WalkerJob& job) {
  pid_t broker = getpid();
  // Keeps a place free: without a pidfd, a walker that has begun could be neither waited for nor given up.
  UniqueFd place(check(dup(job.netns), "dup"));
  pid_ = check(fork_without_handlers(), "fork");
  if (pid_ == 0) run(job, broker);
  place = UniqueFd();
  pidfd_ = UniqueFd(check(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
}

WalkerEnd Walker::wait(Deadline deadline) {
  if (!wait_readable(pidfd_.get(), deadline)) return WalkerEnd::kTimedOut;
  int status = 0;
  check(waitpid(pid_, &status, 0), "waitpid");
  if (WIFSIGNALED(status)) return WalkerEnd::kKilled;
  code_ = WEXITSTATUS(status);
  return WalkerEnd::kFinished;
}

void Walker::kill() const { syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0); }

bool Walker::reap() { return waitpid(pid_, nullptr, WNOHANG) != 0; }

}  // namespace sockscope
