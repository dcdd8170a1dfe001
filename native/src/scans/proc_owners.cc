#include "scans/proc_owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "scans/process_facts.h"
#include "shared/error.h"
#include "shared/proc_file.h"
#include "shared/row_limit.h"

namespace sockscope {

namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// Directory `path` below `parent`; empty where it is gone or not readable.
Directory open_directory(int parent, const char* path) {
  UniqueFd folder = open_if_there(parent, path, O_RDONLY | O_DIRECTORY);
  if (!folder) return {nullptr, closedir};
  DIR* opened = fdopendir(folder.get());
  if (opened) folder.release();
  return {opened, closedir};
}

std::string read_file(int parent, const std::string& path) {
  UniqueFd file = open_if_there(parent, path.c_str(), O_RDONLY);
  char text[4096];
  ssize_t length = file ? read(file.get(), text, sizeof(text)) : 0;
  return std::string(text, length > 0 ? length : 0);
}

// Inode of "socket:[123]"; 0 for other files.
uint64_t socket_inode(int directory, const char* name) {
  char target[64];
  ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
  if (length <= 0) return 0;
  target[length] = '\0';
  unsigned long long inode = 0;
  return std::sscanf(target, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

// Fields of /proc/PID/stat: 2 is "(name)", where the name may hold anything, 22 the start time.
bool read_stat(int process, socket_record& owner) {
  std::string stat = read_file(process, "stat");
  size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return false;
  std::string name = stat.substr(open + 1, close - open - 1).substr(0, SOCKSCOPE_NAME_SIZE - 1);
  std::memcpy(owner.name, name.data(), name.size());
  const char* field = stat.c_str() + close + 1;  // the blank before field 3
  for (int number = 3; number < 22 && field; number++) field = std::strchr(field + 1, ' ');
  if (!field) return false;
  owner.start_time = std::strtoull(field, nullptr, 10);
  return true;
}

void scan_process(const Directory& proc, const char* pid,
                  const std::function<void(const socket_record&)>& visit) {
  Directory process = open_directory(dirfd(proc.get()), pid);
  if (!process) return;
  Directory files = open_directory(dirfd(process.get()), "fd");
  if (!files) return;
  socket_record owner = {};
  RowLimit limit;
  while (const dirent* entry = readdir(files.get())) {
    owner.inode = socket_inode(dirfd(files.get()), entry->d_name);
    if (owner.inode == 0) continue;
    if (owner.pid == 0) {
      if (!read_stat(dirfd(process.get()), owner)) return;
      owner.owner_uid = single_uid_in(read_file(dirfd(process.get()), "status"));
      owner.pid = std::atoi(pid);
    }
    owner.fd = std::atoi(entry->d_name);
    if (limit.admits(owner.pid, owner.inode)) visit(owner);
  }
}

}  // namespace

void each_owner(const std::function<void(const socket_record&)>& visit) {
  Directory proc = open_directory(AT_FDCWD, "/proc");
  if (!proc) throw SystemError("open /proc");
  while (const dirent* entry = readdir(proc.get())) {
    if (std::atoi(entry->d_name) > 0) scan_process(proc, entry->d_name, visit);
  }
}

std::vector<socket_record> scan_owners() {
  std::vector<socket_record> owners;
  each_owner([&owners](const socket_record& owner) { owners.push_back(owner); });
  return owners;
}

socket_record with_owner(socket_record socket, const socket_record& owner) {
  socket.pid = owner.pid;
  socket.fd = owner.fd;
  socket.start_time = owner.start_time;
  socket.owner_uid = owner.owner_uid;
  std::memcpy(socket.name, owner.name, sizeof(socket.name));
  return socket;
}

}  // namespace sockscope
