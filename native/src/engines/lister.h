// Owned sockets of every network namespace, through iter/task_file.
#pragma once

#include <functional>

#include "engines/file_walk.h"

namespace sockscope {

using RowVisitor = std::function<void(const socket_record&)>;

class Lister {
 public:
  // Loads and attaches; throws SystemError.
  Lister();
  // As of FileWalk. An MPTCP socket is one, too: its cookie and tuple are not those of its TCP sockets, but
  // its inode and namespace are.
  void each(const PortSelection& selection, const RowVisitor& visit) const;
  void each_of(pid_t pid, const PortSelection& selection, const RowVisitor& visit) const;

 private:
  FileWalk<socket_record> walk_;
};

}  // namespace sockscope
