#include "addon/seal.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "shared/error.h"
#include "shared/privileges.h"

namespace sockscope {

namespace {

// A process that kept root, by a mistake, is not one to serve with.
void require_no_privileges() {
  if (getuid() == 0 || geteuid() == 0 || getegid() == 0) throw SystemError("seal a process of root's", EPERM);
  if (effective_capabilities() & ~capabilities_of(Process::kAgent))
    throw SystemError("seal a process with capabilities", EPERM);
}

}  // namespace

void ignore_debugger_signal() {
  if (signal(SIGUSR1, SIG_IGN) == SIG_ERR) throw SystemError("signal(SIGUSR1)");
}

void seal_process() {
  require_no_privileges();
  set_limits(Process::kAgent);
  check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)");
  filter_calls(privileges_of(Process::kAgent).calls);
}

}  // namespace sockscope
