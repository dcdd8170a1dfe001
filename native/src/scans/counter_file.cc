#include "scans/counter_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "shared/unique_fd.h"

namespace sockscope {

std::string read_counters(const std::string& name) {
  UniqueFd file(open(("/proc/thread-self/net/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  char text[4096];  // the kernel gives no more at once
  ssize_t length = file ? ::read(file.get(), text, sizeof(text)) : 0;
  return std::string(text, length > 0 ? length : 0);
}

}  // namespace sockscope
