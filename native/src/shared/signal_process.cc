#include "shared/signal_process.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#include "shared/error.h"
#include "shared/process_stat.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

// The line is about 300 bytes long; the name takes at most 64 of them.
constexpr size_t kMaxStatBytes = 1024;

std::string read_stat(pid_t pid) {
  UniqueFd file(open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) throw SystemError("open /proc/PID/stat", errno == ENOENT ? ESRCH : errno);
  std::string text(kMaxStatBytes, '\0');
  text.resize(check(read(file.get(), text.data(), text.size()), "read /proc/PID/stat"));
  return text;
}

// A process that stays the one that was meant as long as this is open.
struct HeldProcess {
  UniqueFd descriptor;
  std::string stat;
};

HeldProcess hold(pid_t pid, uint64_t start_time) {
  // A request to end init is an attack or a mistake.
  if (pid <= 1) throw SystemError("signal pid 1", EPERM);
  UniqueFd descriptor(check(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "pidfd_open"));
  // Read after pidfd_open: from here on, the pid belongs to the process behind the descriptor until it ends.
  std::string stat = read_stat(pid);
  if (start_time_in(stat) != start_time) throw SystemError("compare start times", ESRCH);
  return {std::move(descriptor), std::move(stat)};
}

void send(const HeldProcess& process, int signal) {
  check(syscall(SYS_pidfd_send_signal, process.descriptor.get(), signal, nullptr, 0), "pidfd_send_signal");
}

}  // namespace

void signal_process(pid_t pid, uint64_t start_time, int signal, const std::function<void()>& permit) {
  if (signal != SIGTERM && signal != SIGKILL) throw SystemError("signal", EINVAL);
  HeldProcess process = hold(pid, start_time);
  permit();
  send(process, signal);
  // A stopped process sees SIGTERM only when it goes on. It may have ended by now, so an error is none.
  if (signal == SIGTERM && is_stopped(process.stat))
    syscall(SYS_pidfd_send_signal, process.descriptor.get(), SIGCONT, nullptr, 0);
}

void check_signal(pid_t pid, uint64_t start_time, const std::function<void()>& permit) {
  HeldProcess process = hold(pid, start_time);
  permit();
  send(process, 0);
}

}  // namespace sockscope
