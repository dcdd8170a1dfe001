#include "addon/restart.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "shared/error.h"
#include "shared/seccomp.h"

namespace sockscope {

namespace {

// As they were given, Node's own options included.
std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

// Node has set every descriptor to be closed by an exec, these included.
void keep_descriptors(int last) {
  for (int fd = 0; fd <= last; fd++) check(fcntl(fd, F_SETFD, 0), "fcntl(F_SETFD)");
}

}  // namespace

void restart_without_io_uring(const std::string& executable, int last_kept) {
  std::vector<std::string> arguments = own_arguments();
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  keep_descriptors(last_kept);
  filter_calls({CallFilter::kRefuse, {{SYS_io_uring_setup}}}, ENOSYS);
  execve(executable.c_str(), pointers.data(), environ);
  throw SystemError("execve");
}

}  // namespace sockscope
