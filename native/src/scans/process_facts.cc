#include "scans/process_facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include "bpf/records.h"
#include "scans/namespace_account.h"
#include "shared/error.h"
#include "shared/proc_file.h"
#include "shared/process_stat.h"

namespace sockscope {

namespace {

// Longer texts are cut.
constexpr size_t kMaxFileBytes = 8192;

// Any program may take capabilities in a user namespace of its own, and with them point its /proc/PID/exe to
// another file (PR_SET_MM_EXE_FILE).
constexpr const char* kUserNamespace = "ns/user";

bool is_hidden() { return errno == EACCES || errno == EPERM; }

// The file may be on a network, or answered for by another user's program (FUSE): those must not be waited
// for.
bool stat_at_once(int folder, const char* name, struct statx& status) {
  return statx(folder, name, AT_STATX_DONT_SYNC, STATX_UID | STATX_INO, &status) == 0;
}

#ifdef STATX_MNT_ID
// In the mount namespace of the caller.
bool is_own_mount(uint64_t id) {
  std::ifstream mounts("/proc/self/mountinfo");
  if (!mounts) throw SystemError("open /proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);)
    if (std::strtoull(line.c_str(), nullptr, 10) == id) return true;
  return false;
}
#endif

// What replaces a program while it runs, such as an update, leaves it a path with this end.
std::string without_deleted(const std::string& path) {
  const std::string mark = " (deleted)";
  bool is_marked =
      path.size() > mark.size() && path.compare(path.size() - mark.size(), mark.size(), mark) == 0;
  return is_marked ? path.substr(0, path.size() - mark.size()) : path;
}

}  // namespace

uint32_t single_uid_in(const std::string& status) {
  size_t line = status.find("\nUid:");
  unsigned real = 0, effective = 0, saved = 0, files = 0;
  bool is_known = line != std::string::npos && std::sscanf(status.c_str() + line, "\nUid: %u %u %u %u", &real,
                                                           &effective, &saved, &files) == 4;
  return is_known && real == effective && real == saved && real == files ? real : SOCKSCOPE_NO_UID;
}

ProcessFacts::ProcessFacts(pid_t pid)
    : folder_(open_if_there(AT_FDCWD, ("/proc/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY)) {}

uint32_t ProcessFacts::uid() const { return single_uid_in(read("status")); }

std::string ProcessFacts::name() const {
  std::string name = read("comm");
  return name.substr(0, name.find('\n'));
}

std::optional<std::string> ProcessFacts::executable() const {
  char path[PATH_MAX];
  ssize_t length = readlinkat(folder_.get(), "exe", path, sizeof(path));
  if (length < 0 && is_hidden()) return std::nullopt;
  std::string whole = length > 0 ? without_deleted(std::string(path, length)) : "";
  return whole.substr(whole.rfind('/') + 1);
}

std::optional<bool> ProcessFacts::runs_file_of_root() const {
  struct statx status;
  if (stat_at_once(folder_.get(), "exe", status)) return status.stx_uid == 0;
  return is_hidden() ? std::nullopt : std::optional<bool>(false);
}

std::optional<bool> ProcessFacts::runs_file_of_own_mounts() const {
#ifdef STATX_MNT_ID
  struct statx status;
  if (statx(folder_.get(), "exe", AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0)
    return is_hidden() ? std::nullopt : std::optional<bool>(false);
  return (status.stx_mask & STATX_MNT_ID) == 0 || is_own_mount(status.stx_mnt_id);
#else
  return true;
#endif
}

std::optional<bool> ProcessFacts::is_in_own_user_namespace() const {
  struct statx theirs, ours;
  if (!stat_at_once(AT_FDCWD, (std::string("/proc/self/") + kUserNamespace).c_str(), ours)) return false;
  if (stat_at_once(folder_.get(), kUserNamespace, theirs)) return theirs.stx_ino == ours.stx_ino;
  return is_hidden() ? std::nullopt : std::optional<bool>(false);
}

uint32_t ProcessFacts::user_namespace_account() const {
  return account_of_users(open_if_there(folder_.get(), kUserNamespace, O_RDONLY));
}

uint64_t ProcessFacts::start_time() const { return start_time_in(read("stat")); }

std::vector<std::string> ProcessFacts::words() const {
  std::vector<std::string> words;
  std::string text = read("cmdline"), word;
  text.push_back('\0');
  for (char byte : text) {
    if (byte != '\0' && byte != ' ') {
      word.push_back(byte);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

std::string ProcessFacts::read(const char* name) const {
  UniqueFd file = open_if_there(folder_.get(), name, O_RDONLY);
  std::string text(kMaxFileBytes, '\0');
  ssize_t length = file ? ::read(file.get(), text.data(), text.size()) : 0;
  text.resize(length > 0 ? length : 0);
  return text;
}

std::vector<pid_t> all_processes() {
  std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) throw SystemError("open /proc");
  std::vector<pid_t> pids;
  while (const dirent* entry = readdir(proc.get())) {
    pid_t pid = std::atoi(entry->d_name);
    if (pid > 0) pids.push_back(pid);
  }
  return pids;
}

}  // namespace sockscope
