#include "shared/net_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "shared/error.h"

namespace sockscope {

UniqueFd open_own_namespace() {
  return UniqueFd(
      check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open /proc/thread-self/ns/net"));
}

uint32_t namespace_inode(int fd) {
  struct stat status;
  check(fstat(fd, &status), "fstat");
  return status.st_ino;
}

void enter_namespace(int fd) {
  if (namespace_inode(fd) == namespace_inode(open_own_namespace().get())) return;
  check(setns(fd, CLONE_NEWNET), "setns");
}

}  // namespace sockscope
