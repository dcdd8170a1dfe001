// Owned sockets of every network namespace, through iter/task_file.
#pragma once

#include <vector>

#include "bpf/records.h"
#include "engines/bpf_object.h"

namespace sockscope {

class Lister {
 public:
  // Loads and attaches; throws SystemError.
  Lister();
  // One record for each file descriptor that holds a socket, within RowLimit. An MPTCP socket is
  // one, too: its cookie and tuple are not those of its TCP sockets, but its inode and namespace are.
  std::vector<socket_record> list() const;

 private:
  BpfObject object_;
  BpfLink link_;
};

}  // namespace sockscope
