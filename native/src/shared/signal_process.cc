#include "shared/signal_process.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "shared/error.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

// Fields of /proc/PID/stat behind the name, which may hold anything: the start time is the 20th of them.
constexpr int kStartTime = 20;
// The line is about 300 bytes long; the name takes at most 64 of them.
constexpr size_t kMaxStatBytes = 1024;

std::string read_stat(pid_t pid) {
  UniqueFd file(open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw SystemError("open /proc/PID/stat", errno == ENOENT ? ESRCH : errno);
  std::string text(kMaxStatBytes, '\0');
  text.resize(check(read(file.get(), text.data(), text.size()), "read /proc/PID/stat"));
  return text;
}

// By job control (Ctrl-Z), not by a debugger.
bool is_stopped(const std::string& stat) {
  size_t at = stat.rfind(')');
  return at != std::string::npos && stat.compare(at, 3, ") T") == 0;
}

uint64_t start_time_of(const std::string& stat) {
  size_t at = stat.rfind(')');
  for (int field = 0; field < kStartTime && at != std::string::npos; field++) at = stat.find(' ', at + 1);
  if (at == std::string::npos) throw SystemError("read /proc/PID/stat", ESRCH);
  return std::strtoull(stat.c_str() + at, nullptr, 10);
}

}  // namespace

void signal_process(pid_t pid, uint64_t start_time, int signal, const std::function<void()>& permit) {
  if (signal != SIGTERM && signal != SIGKILL) throw SystemError("signal", EINVAL);
  // A request to end init is an attack or a mistake.
  if (pid <= 1) throw SystemError("signal pid 1", EPERM);
  UniqueFd process(check(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "pidfd_open"));
  // Read after pidfd_open: from here on, the pid belongs to the process behind the descriptor until it ends.
  std::string stat = read_stat(pid);
  if (start_time_of(stat) != start_time) throw SystemError("compare start times", ESRCH);
  permit();
  check(syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0), "pidfd_send_signal");
  // A stopped process sees SIGTERM only when it goes on. It may have ended by now, so an error is none.
  if (signal == SIGTERM && is_stopped(stat))
    syscall(SYS_pidfd_send_signal, process.get(), SIGCONT, nullptr, 0);
}

}  // namespace sockscope
