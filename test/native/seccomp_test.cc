// The filter of system calls: what it refuses fails with EPERM before the kernel looks at the arguments, also
// as root.
#include "shared/seccomp.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>

using namespace sockscope;

namespace {

int failures = 0;

void expect(bool held, const std::string& what) {
  std::printf("%s %s\n", held ? "ok" : "FAILED", what.c_str());
  failures += !held;
}

// No argument is valid, so that a call that got through would do nothing.
bool is_refused(long number) { return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 && errno == EPERM; }

}  // namespace

int main() {
  // What root may do anyway fails with other errors now.
  expect(!is_refused(SYS_execveat), "execveat before the filter");
  refuse_calls(calls_of_no_use());
  for (unsigned number : calls_of_no_use()) {
    if (!is_refused(number)) expect(false, "system call " + std::to_string(number) + " is refused");
  }
  expect(calls_of_no_use().size() > 30, "all calls of no use are refused");
  long clone = syscall(SYS_clone, static_cast<unsigned long>(SIGCHLD | CLONE_NEWUSER), 0L, 0L, 0L, 0L);
  if (clone == 0) _exit(0);
  expect(clone == -1 && errno == EPERM, "no child in a new namespace");
  pid_t child = fork();
  if (child == 0) _exit(is_refused(SYS_execveat) ? 0 : 1);
  int status = 1;
  expect(child > 0 && waitpid(child, &status, 0) == child && status == 0, "a child has the filter as well");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  expect(fd >= 0, "other calls go on");
  close(fd);
  // Not by return: LeakSanitizer would need ptrace.
  std::fflush(stdout);
  _exit(failures == 0 ? 0 : 1);
}
