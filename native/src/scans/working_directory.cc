#include "scans/working_directory.h"

#include <unistd.h>

#include <climits>

#include "shared/error.h"

namespace sockscope {

std::string working_directory(pid_t pid) {
  char path[PATH_MAX];
  ssize_t length = readlink(("/proc/" + std::to_string(pid) + "/cwd").c_str(), path, sizeof(path));
  if (length < 0) throw SystemError("read the working directory", errno == ENOENT ? ESRCH : errno);
  return std::string(path, length);
}

}  // namespace sockscope
