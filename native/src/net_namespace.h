// Network namespaces: found through sockets, processes and the files of `ip netns`, and entered.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "../../bpf/records.h"
#include "unique_fd.h"

namespace sockscope {

class SocketNamespaces;

// What keeps a namespace: a socket of a process; or (fd -1) a process in it; or a file it is mounted on.
struct Holder {
  int pid;
  int fd;
  std::string file;  // empty: none
};

// Namespaces by inode number, each with some of those through which it can be opened.
using NamespaceHolders = std::map<uint32_t, std::vector<Holder>>;

// Each adds namespaces, and holders of those that are known.
void add_namespaces_of(const std::vector<socket_record>& records, NamespaceHolders& namespaces);
void add_namespaces_of_processes(NamespaceHolders& namespaces);
// Those below /run/netns: no process need be in one, yet it can have sockets that no process holds any more.
void add_named_namespaces(NamespaceHolders& namespaces);

// The namespace that the calling thread is in.
UniqueFd open_own_namespace();
uint32_t namespace_inode(int fd);

// Opens a namespace through whoever still holds it. Throws SystemError. Keep it for one request only: an open
// descriptor keeps the namespace alive.
UniqueFd open_namespace(uint32_t inode, const std::vector<Holder>& holders, SocketNamespaces& sockets);

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
