#include "scans/namespace_holders.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "scans/charged_uid.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// Of each kind; more than one, because some may end before they are used.
constexpr size_t kMaxHolders = 4;

// The folder in which `ip netns` and container engines mount namespaces on files.
const std::string kNamedFolder = "/run/netns/";

class HolderCollector {
 public:
  explicit HolderCollector(NamespaceHolders& namespaces) : namespaces_(namespaces) {}

  // Whether it needs no more: said of one namespace at a time, that of most rows.
  bool is_full(uint32_t inode) const { return full_ == inode; }

  void add(uint32_t inode, Holder holder) {
    size_t& added = added_[inode];
    if (added == kMaxHolders) {
      full_ = inode;
      return;
    }
    std::vector<Holder>& holders = namespaces_[inode];
    bool known = !holders.empty() && holders.back().file.empty() && holders.back().pid == holder.pid;
    if (known) return;
    holders.push_back(std::move(holder));
    added++;
  }

 private:
  NamespaceHolders& namespaces_;
  std::map<uint32_t, size_t> added_;
  std::optional<uint32_t> full_;
};

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

std::string namespace_path(int pid) { return "/proc/" + std::to_string(pid) + "/ns/net"; }

UniqueFd open_of_process(int pid) {
  return UniqueFd(open(namespace_path(pid).c_str(), O_RDONLY | O_CLOEXEC));
}

// Calls `visit` with the pid and the namespace of each process, until it returns false.
void visit_processes(const std::function<bool(int pid, uint32_t inode)>& visit) {
  Directory proc(opendir("/proc"), closedir);
  if (!proc) throw SystemError("opendir /proc");
  while (const dirent* entry = readdir(proc.get())) {
    int pid = std::atoi(entry->d_name);
    struct stat status;
    if (pid <= 0 || stat(namespace_path(pid).c_str(), &status) != 0) continue;
    if (!visit(pid, status.st_ino)) return;
  }
}

// A file that waits for its mount is an ordinary one, whose inode number may be any.
UniqueFd open_of_file(const std::string& file) {
  UniqueFd opened(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (opened && ioctl(opened.get(), NS_GET_NSTYPE) != CLONE_NEWNET) return {};
  return opened;
}

bool is_namespace(const UniqueFd& fd, uint32_t inode) {
  struct stat status;
  return fd && fstat(fd.get(), &status) == 0 && status.st_ino == inode;
}

// Checks the file without opening it, which only entering needs.
bool is_on_nsfs(const std::string& file) {
  struct statfs system;
  return statfs(file.c_str(), &system) == 0 && system.f_type == NSFS_MAGIC;
}

}  // namespace

void add_namespaces_of(const std::vector<socket_record>& records, NamespaceHolders& namespaces) {
  HolderCollector collector(namespaces);
  for (const socket_record& record : records) {
    if (collector.is_full(record.netns)) continue;
    collector.add(record.netns, {static_cast<int>(record.pid), record.fd, {}, charged_uid(record)});
  }
}

void add_namespaces_of_processes(NamespaceHolders& namespaces) {
  HolderCollector collector(namespaces);
  visit_processes([&collector](int pid, uint32_t inode) {
    collector.add(inode, {pid, -1, {}});
    return true;
  });
}

bool any_process_in(uint32_t inode, const std::function<bool(pid_t)>& condition) {
  bool found = false;
  visit_processes([&](int pid, uint32_t there) {
    found = there == inode && condition(pid);
    return !found;
  });
  return found;
}

void add_named_namespaces(NamespaceHolders& namespaces) {
  HolderCollector collector(namespaces);
  Directory named(opendir(kNamedFolder.c_str()), closedir);
  while (const dirent* entry = named ? readdir(named.get()) : nullptr) {
    std::string file = kNamedFolder + entry->d_name;
    struct stat status;
    if (stat(file.c_str(), &status) == 0 && is_on_nsfs(file)) collector.add(status.st_ino, {0, -1, file});
  }
}

UniqueFd open_namespace(uint32_t inode, const std::vector<Holder>& holders, SocketNamespaces& sockets,
                        Deadline deadline) {
  int error = ESRCH;
  for (const Holder& holder : holders) {
    UniqueFd opened = holder.file.empty() ? open_of_process(holder.pid) : open_of_file(holder.file);
    if (is_namespace(opened, inode)) return opened;
    if (!opened) error = errno;
  }
  // A socket can be in a namespace that no thread of its owner is in.
  for (const Holder& holder : holders) {
    if (holder.fd < 0) continue;
    UniqueFd opened = sockets.open(holder.pid, holder.fd, deadline);
    if (is_namespace(opened, inode)) return opened;
    if (!opened) error = errno;
  }
  throw SystemError("open network namespace", error);
}

bool has_lost_holders(int error) { return error == ENOENT || error == ESRCH || error == EBADF; }

}  // namespace sockscope
