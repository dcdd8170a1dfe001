#include "scans/process_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "shared/error.h"
#include "shared/proc_file.h"

namespace sockscope {

namespace {

constexpr size_t kMaxFileBytes = 8192;

// Empty where it has ended meanwhile.
std::string read_file(int folder, const char* name) {
  UniqueFd file = open_if_there(folder, name, O_RDONLY);
  std::string text(kMaxFileBytes, '\0');
  size_t filled = 0;
  while (file && filled < text.size()) {
    ssize_t got = read(file.get(), text.data() + filled, text.size() - filled);
    if (got <= 0) break;
    filled += got;
  }
  text.resize(filled);
  return text;
}

}  // namespace

std::vector<std::string> read_process_files(pid_t pid, const std::function<void()>& permit) {
  // A descriptor of /proc/PID never leads to another process that got the number later.
  UniqueFd process(open(("/proc/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!process) throw SystemError("find the process", errno == ENOENT ? ESRCH : errno);
  permit();
  std::vector<std::string> texts;
  for (const char* name : kProcessFiles) texts.push_back(read_file(process.get(), name));
  return texts;
}

}  // namespace sockscope
