#include "scans/working_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>

#include "shared/error.h"
#include "shared/unique_fd.h"

namespace sockscope {

std::string working_directory(pid_t pid, const std::function<void()>& permit) {
  // A descriptor of /proc/PID never leads to another process that got the number later.
  UniqueFd process(open(("/proc/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process) throw SystemError("find the process", errno == ENOENT ? ESRCH : errno);
  permit();
  char path[PATH_MAX];
  ssize_t length = readlinkat(process.get(), "cwd", path, sizeof(path));
  if (length < 0) throw SystemError("read the working directory", errno == ENOENT ? ESRCH : errno);
  return std::string(path, length);
}

}  // namespace sockscope
