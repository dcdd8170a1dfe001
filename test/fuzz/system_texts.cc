// Texts of the system that decide about rights: /proc/PID/stat, in which a process chooses its name,
// /etc/subuid and /etc/passwd.
#include <cstring>
#include <string>

#include "law/scope.h"
#include "require.h"
#include "shared/process_stat.h"

using namespace sockscope;

namespace {

constexpr uint32_t kUid = 1000;
constexpr uint32_t kFirstSubordinate = 65536;

bool is_subordinate(const UidRange& range) {
  uint64_t end = uint64_t{range.first} + range.count;
  return range.first >= kFirstSubordinate && range.count > 0 && end <= UINT32_MAX;
}

void read_stat(const std::string& name) {
  // Whatever the name is, the fields behind it are the kernel's.
  std::string fields = " S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
  require(start_time_in("7 (" + name + ")" + fields) == 4711, "the start time, whatever the name");
  require(!is_stopped("7 (" + name + ")" + fields), "the state, whatever the name");
  start_time_in(name);
  is_stopped(name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  read_stat(text);
  for (const UidRange& range : subordinate_ranges(text, kUid, "ann"))
    require(is_subordinate(range), "uids of nobody else");
  for (const ChargedRange& charged : charged_ranges(text, text))
    require(is_subordinate(charged.range), "uids of no person");
  user_name(text, kUid);
  return 0;
}
