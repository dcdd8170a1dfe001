#include "shared/inherited.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>

#include "shared/error.h"
#include "shared/privileges.h"
#include "shared/process.h"

namespace sockscope {

namespace {

// More than any machine has, so that all of its processors are chosen.
constexpr int kMaxProcessors = 8192;
// linux/ioprio.h, which old headers lack: best effort by the nice value.
constexpr int kIoOfProcess = 1, kIoByNice = 0;

// A line of the audit log would be cut, and so would the memory that answers lie in.
void require_unlimited_files() {
  rlimit now;
  check(getrlimit(RLIMIT_FSIZE, &now), "getrlimit");
  if (now.rlim_cur != RLIM_INFINITY)
    throw SystemError(
        "The file size is limited (ulimit -f), and root may not raise that here: start again from a shell "
        "without it",
        EPERM);
}

// BPF and the start times of processes in its records know the kernel's clocks alone: targets would have
// expired before they are visited, outages would begin and end at other times, and no start time would agree.
// Where the kernel has no time namespaces, there is no such file.
void require_kernel_clocks() {
  std::ifstream file("/proc/self/timens_offsets");
  std::string clock;
  int64_t seconds = 0, nanoseconds = 0;
  while (file >> clock >> seconds >> nanoseconds) {
    if (seconds != 0 || nanoseconds != 0)
      throw SystemError("The clocks of this time namespace are not the kernel's: start again outside of it",
                        EINVAL);
  }
}

// Signals that the user may have blocked or ignored. A file size limit then is an error and no end.
void reset_dispositions() {
  reset_signals();
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
}

// A broker that hardly runs answers nobody, and renews no outage.
void reset_priority() {
  sched_param none = {};
  sched_setscheduler(0, SCHED_OTHER, &none);
  setpriority(PRIO_PROCESS, 0, 0);
  syscall(SYS_ioprio_set, kIoOfProcess, 0, kIoByNice);
}

void reset_affinity() {
  size_t size = CPU_ALLOC_SIZE(kMaxProcessors);
  std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> all(CPU_ALLOC(kMaxProcessors),
                                                       [](cpu_set_t* set) { CPU_FREE(set); });
  if (!all) throw SystemError("allocate a set of processors", ENOMEM);
  CPU_ZERO_S(size, all.get());
  for (int processor = 0; processor < kMaxProcessors; processor++) CPU_SET_S(processor, size, all.get());
  sched_setaffinity(0, size, all.get());
}

}  // namespace

void reset_inherited() {
  require_kernel_clocks();
  set_limits(Process::kBroker);
  require_unlimited_files();
  reset_dispositions();
  reset_priority();
  reset_affinity();
  umask(077);                  // files are root's alone
  check(chdir("/"), "chdir");  // no file system of the user's is kept from being unmounted
}

}  // namespace sockscope
