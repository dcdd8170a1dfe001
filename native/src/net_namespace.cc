#include "net_namespace.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "error.h"

namespace sockscope {

namespace {

// Enough for some of them to end before they are asked.
constexpr size_t kHoldersKept = 4;

void add_holder(NamespaceHolders& namespaces, uint32_t inode, Holder holder) {
  std::vector<Holder>& holders = namespaces[inode];
  bool known = !holders.empty() && holders.back().pid == holder.pid;
  if (!known && holders.size() < kHoldersKept) holders.push_back(holder);
}

std::string namespace_path(int pid) { return "/proc/" + std::to_string(pid) + "/ns/net"; }

UniqueFd open_of_process(int pid) {
  return UniqueFd(open(namespace_path(pid).c_str(), O_RDONLY | O_CLOEXEC));
}

// A socket can be in a namespace that no thread of its owner is in.
UniqueFd open_of_socket(const Holder& holder) {
  UniqueFd process(syscall(SYS_pidfd_open, holder.pid, 0));
  if (!process) return {};
  UniqueFd socket(syscall(SYS_pidfd_getfd, process.get(), holder.fd, 0));
  if (!socket) return {};
  return UniqueFd(ioctl(socket.get(), SIOCGSKNS));
}

bool is_namespace(const UniqueFd& fd, uint32_t inode) {
  struct stat status;
  return fd && fstat(fd.get(), &status) == 0 && status.st_ino == inode;
}

}  // namespace

NamespaceHolders namespaces_of(const std::vector<socket_record>& records) {
  NamespaceHolders namespaces;
  for (const socket_record& record : records) {
    add_holder(namespaces, record.netns, {static_cast<int>(record.pid), record.fd});
  }
  return namespaces;
}

NamespaceHolders namespaces_of_processes() {
  NamespaceHolders namespaces;
  std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) throw SystemError("opendir /proc");
  while (const dirent* entry = readdir(proc.get())) {
    int pid = std::atoi(entry->d_name);
    struct stat status;
    if (pid <= 0 || stat(namespace_path(pid).c_str(), &status) != 0) continue;
    add_holder(namespaces, status.st_ino, {pid, -1});
  }
  return namespaces;
}

UniqueFd open_own_namespace() {
  return UniqueFd(
      check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open /proc/thread-self/ns/net"));
}

uint32_t namespace_inode(int fd) {
  struct stat status;
  check(fstat(fd, &status), "fstat");
  return status.st_ino;
}

UniqueFd open_namespace(uint32_t inode, const std::vector<Holder>& holders) {
  int error = ESRCH;
  for (const Holder& holder : holders) {
    UniqueFd opened = open_of_process(holder.pid);
    if (is_namespace(opened, inode)) return opened;
    if (!opened) error = errno;
    if (holder.fd < 0) continue;
    opened = open_of_socket(holder);
    if (is_namespace(opened, inode)) return opened;
    if (!opened) error = errno;
  }
  throw SystemError("open network namespace", error);
}

void enter_namespace(int fd) {
  if (namespace_inode(fd) == namespace_inode(open_own_namespace().get())) return;
  check(setns(fd, CLONE_NEWNET), "setns");
}

NamespaceVisit::NamespaceVisit(int visited, int home) : home_(home) { enter_namespace(visited); }

// To go on in the wrong namespace would be to act on the wrong sockets.
NamespaceVisit::~NamespaceVisit() {
  if (setns(home_, CLONE_NEWNET) != 0) std::abort();
}

}  // namespace sockscope
