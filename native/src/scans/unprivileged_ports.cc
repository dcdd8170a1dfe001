#include "scans/unprivileged_ports.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "shared/error.h"
#include "shared/unique_fd.h"

namespace sockscope {

namespace {

// The sysctl of the namespace that the calling thread is in.
constexpr const char* kSysctl = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
constexpr uint32_t kNone = UINT16_MAX + 1;

uint32_t read_first() {
  UniqueFd file(check(open(kSysctl, O_RDONLY | O_CLOEXEC), "open a sysctl"));
  char text[16] = {};
  check(read(file.get(), text, sizeof(text) - 1), "read a sysctl");
  return std::strtoul(text, nullptr, 10);
}

}  // namespace

uint32_t UnprivilegedPorts::first(uint32_t netns, int opened) {
  try {
    if (netns == home_) return read_first();
    // That of a visit may open a file.
    auto fill = [](uint32_t* first) { *first = read_first(); };
    return reader_.read<uint32_t>(opened, 1, fill, Process::kVisit)[0];
  } catch (const SystemError&) {
    return kNone;
  }
}

}  // namespace sockscope
