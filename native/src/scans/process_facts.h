// What a process runs, and as whom: read from /proc, as far as the caller may.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/unique_fd.h"

namespace sockscope {

// One uid for all of real, effective, saved and file system uid, from the text of /proc/PID/status.
// SOCKSCOPE_NO_UID: it mixes them, or the text has none. Such a process may act for another user.
uint32_t single_uid_in(const std::string& status);

// A process, by a descriptor of its folder in /proc: what is read is never that of another one that got the
// number later. All of it is empty where the process has ended.
class ProcessFacts {
 public:
  explicit ProcessFacts(pid_t pid);

  uint32_t uid() const;
  // The kernel's name for it (comm), which any program can choose for itself.
  std::string name() const;
  // Base name of the file that it runs; nullopt: hidden from the caller, who may not trace the process.
  std::optional<std::string> executable() const;
  // Whether that file belongs to root.
  std::optional<bool> runs_file_of_root() const;
  // Whether that file is in a mount that the caller has, too: anybody can mount a file of root's under
  // another name, in a mount namespace of his own, and run it from outside by /proc/PID/root. Before
  // Linux 5.8: yes.
  std::optional<bool> runs_file_of_own_mounts() const;
  // Clock ticks since boot, as /proc/PID/stat field 22; 0: it has ended.
  uint64_t start_time() const;
  // Whether it is in the caller's user namespace.
  std::optional<bool> is_in_own_user_namespace() const;
  // The user who made its user namespace possible (account_of_users).
  uint32_t user_namespace_account() const;
  // Its arguments. Some programs join them by blanks.
  std::vector<std::string> words() const;

 private:
  std::string read(const char* file) const;

  UniqueFd folder_;
};

std::vector<pid_t> all_processes();

}  // namespace sockscope
