// Network namespaces of this machine: found through sockets, processes and the files of `ip netns`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bpf/records.h"
#include "scans/socket_namespace.h"
#include "shared/unique_fd.h"

namespace sockscope {

// A reference to a namespace: a socket of a process; or (fd -1) a process in it; or a file it is mounted on.
struct Holder {
  int pid;
  int fd;
  std::string file;  // empty: none
  uint32_t uid = 0;  // of a socket: whom its row is charged to
};

// Namespaces by inode number, each with some of those through which it can be opened.
using NamespaceHolders = std::map<uint32_t, std::vector<Holder>>;

// Each adds namespaces, and holders of those that are known.
void add_namespaces_of(const std::vector<socket_record>& records, NamespaceHolders& namespaces);
void add_namespaces_of_processes(NamespaceHolders& namespaces);
// Those below /run/netns: one without a process can still have sockets that no process holds any more.
void add_named_namespaces(NamespaceHolders& namespaces);

// Whether a process in this namespace fulfils the condition.
bool any_process_in(uint32_t inode, const std::function<bool(pid_t)>& condition);

// Opens a namespace through a holder that still exists: a process or a file, else a socket, which takes a
// walker. Throws SystemError. Keep it for one request only: an open descriptor keeps the namespace alive.
// After the deadline, none is opened through a socket any more.
UniqueFd open_namespace(uint32_t inode, const std::vector<Holder>& holders, SocketNamespaces& sockets,
                        Deadline deadline);

// Whether that failed as none of the holders exists any more. Others may: whether it has ended is not known.
bool has_lost_holders(int error);

}  // namespace sockscope
