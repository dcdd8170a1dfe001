#include "addon/held_shell.h"

#include <fcntl.h>
#include <spawn.h>

#include <csignal>

#include "shared/error.h"

namespace sockscope {

namespace {

constexpr char kShell[] = "/bin/sh";

// posix_spawn and its like return their errno.
void check_spawn(int error, const char* step) {
  if (error != 0) throw SystemError(step, error);
}

class FileActions {
 public:
  FileActions() { check_spawn(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  FileActions(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void duplicate(int from, int to) {
    check_spawn(posix_spawn_file_actions_adddup2(&actions_, from, to), "posix_spawn_file_actions_adddup2");
  }

  void open_nothing(int to) {
    check_spawn(posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_RDWR, 0),
                "posix_spawn_file_actions_addopen");
  }

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// No signal is blocked or ignored, as some are in Node.
class UsualSignals {
 public:
  UsualSignals() {
    check_spawn(posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes_, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes_, &set);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  UsualSignals(const UsualSignals&) = delete;
  ~UsualSignals() { posix_spawnattr_destroy(&attributes_); }

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

struct Pipe {
  UniqueFd out, in;
};

Pipe make_pipe() {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace

HeldShell hold_shell(const std::string& script, const std::vector<std::string>& words) {
  Pipe input = make_pipe(), output = make_pipe();
  FileActions files;
  files.duplicate(input.out.get(), STDIN_FILENO);
  files.duplicate(output.in.get(), STDOUT_FILENO);
  files.open_nothing(STDERR_FILENO);
  std::vector<const char*> arguments = {"sh", "-c", script.c_str(), "sh"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  pid_t pid;
  check_spawn(posix_spawn(&pid, kShell, files.get(), UsualSignals().get(),
                          const_cast<char* const*>(arguments.data()), environ),
              "posix_spawn");
  return {std::move(input.in), std::move(output.out)};
}

}  // namespace sockscope
