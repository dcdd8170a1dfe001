// Owned sockets of every network namespace, through iter/task_file.
#pragma once

#include <vector>

#include "bpf/records.h"
#include "engines/bpf_object.h"
#include "shared/port_selection.h"

namespace sockscope {

class Lister {
 public:
  // Loads and attaches; throws SystemError.
  Lister();
  // One record for each file descriptor that holds a socket, within RowLimit. An MPTCP socket is
  // one, too: its cookie and tuple are not those of its TCP sockets, but its inode and namespace are; it is
  // there whatever is selected.
  std::vector<socket_record> list(const PortSelection& selection = {}) const;

 private:
  BpfObject object_;
  BpfLink link_;
  list_selection* selection_ = nullptr;  // in the map of the program
};

}  // namespace sockscope
