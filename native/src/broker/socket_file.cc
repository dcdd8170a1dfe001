#include "broker/socket_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/error.h"

namespace sockscope {

SocketFile::SocketFile(const std::string& path) {
  size_t slash = path.rfind('/');
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) {
    throw SystemError("socket file", EINVAL);
  }
  std::string folder = path.substr(0, slash + 1);
  UniqueFd opened(check(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "open the socket's folder"));
  struct stat status;
  name_ = path.substr(slash + 1);
  check(fstatat(opened.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW), "stat the socket file");
  if (!S_ISSOCK(status.st_mode)) throw SystemError("socket file", ENOTSOCK);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  folder_ = std::move(opened);
}

SocketFile::~SocketFile() {
  struct stat status;
  if (!folder_ || fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) unlinkat(folder_.get(), name_.c_str(), 0);
}

}  // namespace sockscope
