#include "shared/process_stat.h"

#include <cstdlib>

namespace sockscope {

namespace {

// Behind the name, which may hold anything, the start time is the 20th field.
constexpr int kStartTime = 20;

}  // namespace

uint64_t start_time_in(const std::string& stat) {
  size_t at = stat.rfind(')');
  for (int field = 0; field < kStartTime && at != std::string::npos; field++) at = stat.find(' ', at + 1);
  return at == std::string::npos ? 0 : std::strtoull(stat.c_str() + at, nullptr, 10);
}

bool is_stopped(const std::string& stat) {
  size_t at = stat.rfind(')');
  return at != std::string::npos && stat.compare(at, 3, ") T") == 0;
}

}  // namespace sockscope
