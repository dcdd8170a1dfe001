// Owned sockets of every network namespace, through iter/task_file.
#pragma once

#include <functional>

#include "bpf/records.h"
#include "engines/bpf_object.h"
#include "shared/port_selection.h"

namespace sockscope {

using RowVisitor = std::function<void(const socket_record&)>;

class Lister {
 public:
  // Loads and attaches; throws SystemError.
  Lister();
  // One record for each file descriptor that holds a socket, those of one process together. Any user can make
  // them a million: keep what is needed. An MPTCP socket is one, too: its cookie and tuple are not those of
  // its TCP sockets, but its inode and namespace are; it is there whatever is selected.
  void each(const PortSelection& selection, const RowVisitor& visit) const;
  // The same of one process; nothing, where it has ended. Throws SystemError before Linux 6.1.
  void each_of(pid_t pid, const PortSelection& selection, const RowVisitor& visit) const;

 private:
  void read(int link, const PortSelection& selection, const RowVisitor& visit) const;

  BpfObject object_;
  UniqueFd all_;
  list_selection* selection_;  // the program's variable, which it reads only while read_iterator() runs
};

}  // namespace sockscope
