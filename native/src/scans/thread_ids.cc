#include "scans/thread_ids.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "shared/error.h"
#include "shared/proc_file.h"

namespace sockscope {

namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// Whole, since a thread may have 65536 groups; empty where the thread has ended.
std::string read_file(const std::string& path) {
  UniqueFd file = open_if_there(AT_FDCWD, path.c_str(), O_RDONLY);
  std::string text;
  char part[8192];
  for (ssize_t length = 1; file && length > 0;) {
    length = read(file.get(), part, sizeof(part));
    if (length > 0) text.append(part, length);
  }
  return text;
}

template <typename Visit>
void each_number_in(const std::string& folder, Visit visit) {
  UniqueFd there = open_if_there(AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (!there) return;
  Directory opened(fdopendir(there.get()), closedir);
  if (!opened) throw SystemError("fdopendir");
  there.release();
  while (const dirent* entry = readdir(opened.get()))
    if (std::atoi(entry->d_name) > 0) visit(folder + "/" + entry->d_name);
}

}  // namespace

void add_ids_in(const std::string& status, std::set<uint32_t>& ids) {
  for (const char* title : {"\nUid:", "\nGid:", "\nGroups:"}) {
    size_t line = status.find(title);
    if (line == std::string::npos) continue;
    size_t at = status.find(':', line) + 1;
    for (;;) {
      at = status.find_first_not_of(" \t", at);
      char* end = nullptr;
      if (at == std::string::npos || status[at] < '0' || status[at] > '9') break;
      ids.insert(static_cast<uint32_t>(std::strtoul(status.c_str() + at, &end, 10)));
      at = end - status.c_str();
    }
  }
}

std::set<uint32_t> ids_of_threads() {
  if (access("/proc/self/status", R_OK) != 0) throw SystemError("read /proc");
  std::set<uint32_t> ids;
  each_number_in("/proc", [&ids](const std::string& process) {
    each_number_in(process + "/task",
                   [&ids](const std::string& thread) { add_ids_in(read_file(thread + "/status"), ids); });
  });
  return ids;
}

}  // namespace sockscope
