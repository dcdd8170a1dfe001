#include "shared/proc_file.h"

#include <fcntl.h>

#include <string>

#include "shared/error.h"

namespace sockscope {

UniqueFd open_if_there(int folder, const char* name, int flags) {
  UniqueFd opened(openat(folder, name, flags | O_CLOEXEC));
  // EBADF: of a folder that was not there.
  bool is_known =
      opened || errno == ENOENT || errno == ESRCH || errno == EACCES || errno == EPERM || errno == EBADF;
  if (!is_known) throw SystemError(std::string("open ") + name);
  return opened;
}

}  // namespace sockscope
