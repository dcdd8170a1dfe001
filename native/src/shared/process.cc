#include "shared/process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>

#include "shared/error.h"
#include "shared/newer_names.h"

namespace sockscope {

namespace {

void close_between(unsigned first, unsigned last) {
  if (first <= last) check(syscall(SYS_close_range, first, last, 0), "close_range");
}

// Without CAP_SETPCAP there is nothing to drop that could be used, and each would be refused.
void drop_bounding_set(Capabilities kept) {
  for (int number = 0; number <= CAP_LAST_CAP; number++) {
    if (kept & capability(number)) continue;
    if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 && errno == EPERM) return;
  }
}

struct CapabilitySets {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct halves[2];
};

CapabilitySets read_capabilities() {
  CapabilitySets sets;
  check(syscall(SYS_capget, &sets.header, sets.halves), "capget");
  return sets;
}

void set_capabilities(Capabilities kept) {
  CapabilitySets sets = read_capabilities();
  for (int half = 0; half < 2; half++) {
    sets.halves[half].permitted &= static_cast<uint32_t>(kept >> (32 * half));
    sets.halves[half].effective = sets.halves[half].permitted;
    sets.halves[half].inheritable = 0;
  }
  check(syscall(SYS_capset, &sets.header, sets.halves), "capset");
}

}  // namespace

void close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned first = 3;
  for (int fd : kept) {
    if (fd < static_cast<int>(first)) continue;
    close_between(first, fd - 1);
    first = fd + 1;
  }
  close_between(first, UINT_MAX);
}

// _Fork() does it from glibc 2.34 on. Neither the library nor we keep an id of a thread that the child would
// have to change.
pid_t fork_without_handlers() { return static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }

void detach_standard_streams() {
  int null = check(open("/dev/null", O_RDWR | O_CLOEXEC), "open /dev/null");
  for (int fd = 0; fd < 3; fd++) check(dup2(null, fd), "dup2");
  if (null > 2) close(null);
}

void reset_signals() {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  check(sigprocmask(SIG_SETMASK, &none, nullptr), "sigprocmask");
}

Capabilities effective_capabilities() {
  CapabilitySets sets = read_capabilities();
  return sets.halves[0].effective | Capabilities{sets.halves[1].effective} << 32;
}

bool has_capability(int number) { return effective_capabilities() & capability(number); }

void keep_capabilities(Capabilities kept) {
  drop_bounding_set(kept);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  set_capabilities(kept);
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
}

void die_with(int parent) {
  check(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)");
  if (getppid() != parent) _exit(0);
}

}  // namespace sockscope
