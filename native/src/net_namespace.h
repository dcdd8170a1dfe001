// Network namespaces: found through the processes that hold sockets in them, and entered.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "../../bpf/records.h"
#include "unique_fd.h"

namespace sockscope {

// A file descriptor of another process that is a socket in a namespace; fd -1: only the process is known to
// be in it.
struct Holder {
  int pid;
  int fd;
};

// Namespaces by inode number, each with some of those through which it can be opened.
using NamespaceHolders = std::map<uint32_t, std::vector<Holder>>;

// The namespaces of these sockets.
NamespaceHolders namespaces_of(const std::vector<socket_record>& records);

// The namespaces of all processes, for kernels without iter/task_file.
NamespaceHolders namespaces_of_processes();

// The namespace that the calling thread is in.
UniqueFd open_own_namespace();
uint32_t namespace_inode(int fd);

// Opens a namespace through whoever still holds it. Throws SystemError. Keep it for one request only: an open
// descriptor keeps the namespace alive.
UniqueFd open_namespace(uint32_t inode, const std::vector<Holder>& holders);

// Moves the calling thread there. To stay needs no privileges, to move CAP_SYS_ADMIN.
void enter_namespace(int fd);

// Is in a namespace as long as it lives, then back at home.
class NamespaceVisit {
 public:
  NamespaceVisit(int visited, int home);
  ~NamespaceVisit();
  NamespaceVisit(const NamespaceVisit&) = delete;

 private:
  int home_;
};

}  // namespace sockscope
