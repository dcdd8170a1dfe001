// The agent's Unix socket in the file system, which the agent itself cannot remove once it has dropped root.
#pragma once

#include <sys/types.h>

#include <string>

#include "shared/unique_fd.h"

namespace sockscope {

// Unlinks the file when it goes, if it is still the same one.
class SocketFile {
 public:
  SocketFile() = default;
  // Throws SystemError: ENOTSOCK where the path is no socket.
  explicit SocketFile(const std::string& path);
  SocketFile(SocketFile&&) = default;
  SocketFile& operator=(SocketFile&&) = default;
  ~SocketFile();

 private:
  UniqueFd folder_;
  std::string name_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sockscope
