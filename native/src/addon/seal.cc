#include "addon/seal.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <csignal>
#include <vector>

#include "shared/error.h"
#include "shared/seccomp.h"

namespace sockscope {

namespace {

// What the broker does, and the agent need not.
constexpr unsigned kOfBroker[] = {
    // New connections and listeners: open descriptors stay in use.
    SYS_socket,
    SYS_listen,
    // Other processes' descriptors.
    SYS_pidfd_getfd,
    SYS_bpf,
    SYS_setns,
};

}  // namespace

void ignore_debugger_signal() {
  if (signal(SIGUSR1, SIG_IGN) == SIG_ERR) throw SystemError("signal(SIGUSR1)");
}

void seal_process() {
  check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)");
  std::vector<unsigned> refused = calls_of_no_use();
  refused.insert(refused.end(), std::begin(kOfBroker), std::end(kOfBroker));
  refuse_calls(refused);
}

}  // namespace sockscope
