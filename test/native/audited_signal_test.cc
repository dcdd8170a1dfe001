// A signal is permitted twice: before its line is written, which may take a while, and after it. By then the
// process may run a set-user-ID program.
#include "broker/audited_signal.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "expect.h"
#include "shared/error.h"

using namespace sockscope;

namespace {

std::string folder;

// Until it is signalled.
pid_t start_victim() {
  pid_t pid = fork();
  if (pid == 0) {
    while (true) pause();
  }
  return pid;
}

bool lives(pid_t pid) { return waitpid(pid, nullptr, WNOHANG) == 0; }

uint64_t start_time_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}}, field;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  for (int number = 3; number <= 22; number++) fields >> field;
  return std::strtoull(field.c_str(), nullptr, 10);
}

std::string log() {
  std::ifstream file(folder + "/audit.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

// The errno with which it is refused, 0: sent. `allowed`: so many times in a row.
int send_to(pid_t victim, int allowed) {
  Audit audit({1000, false}, LogFile(folder), Journal("/nowhere"));
  SignalRequest request = {start_time_of(victim), static_cast<uint32_t>(victim), SIGKILL, 0, 0};
  int asked = 0;
  try {
    AuditedSignal(audit, {1000, 1, 6, 0}, request).send([&] {
      if (++asked > allowed) throw SystemError("reach another user's process", EPERM);
    });
  } catch (const SystemError& error) {
    return error.code();
  }
  return 0;
}

void signals() {
  pid_t victim = start_victim();
  expect(send_to(victim, 0) == EPERM && lives(victim), "a process that is not permitted lives");
  expect(log().find("intent") == std::string::npos && log().find("\"denied\"") != std::string::npos,
         "it has a refusal, and no intent");
  expect(send_to(victim, 1) == EPERM && lives(victim),
         "one that is not permitted any more once the line is written lives");
  expect(log().find("intent") != std::string::npos && log().find("\"failed\"") != std::string::npos,
         "it has an intent, and its outcome is failed");
  expect(send_to(victim, 2) == 0, "one that is permitted both times is signalled");
  int status = 0;
  waitpid(victim, &status, 0);
  expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && log().find("\"sent\"") != std::string::npos,
         "it ends by the signal, and its outcome is sent");
}

}  // namespace

int main() {
  char place[] = "/tmp/sockscope-signal-XXXXXX";
  if (!mkdtemp(place)) return 1;
  folder = std::string(place) + "/log";
  signals();
  std::filesystem::remove_all(place);
  return failures == 0 ? 0 : 1;
}
