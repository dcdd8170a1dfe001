#include "law/scope.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sockscope {

namespace {

constexpr const char* kSubuid = "/etc/subuid";
constexpr const char* kPasswd = "/etc/passwd";
// Uids of people and of the system lie below.
constexpr uint64_t kMinSubordinate = 65536;
// All ones is no uid.
constexpr uint64_t kMaxUid = UINT32_MAX - 1;

struct OwnedRange {
  bool is_ours;
  UidRange range;
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream text(line);
  for (std::string field; std::getline(text, field, ':');) fields.push_back(field);
  return fields;
}

// A number without sign, blank or anything behind it; UINT64_MAX: none.
uint64_t number_of(const std::string& text) {
  bool is_number =
      !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::strtoull(text.c_str(), nullptr, 10) : UINT64_MAX;
}

bool overlap(const UidRange& a, const UidRange& b) {
  return a.first < uint64_t{b.first} + b.count && b.first < uint64_t{a.first} + a.count;
}

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Differs whenever the file has changed.
std::string stamp_of(const char* path) {
  struct stat status;
  if (stat(path, &status) != 0) return "none";
  std::ostringstream stamp;
  stamp << status.st_ino << ' ' << status.st_size << ' ' << status.st_mtim.tv_sec << '.'
        << status.st_mtim.tv_nsec << ' ' << status.st_ctim.tv_sec << '.' << status.st_ctim.tv_nsec;
  return stamp.str();
}

}  // namespace

std::vector<UidRange> subordinate_ranges(const std::string& subuid, uint32_t uid, const std::string& name) {
  std::vector<OwnedRange> all;
  std::istringstream text(subuid);
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 3) continue;
    uint64_t first = number_of(fields[1]), count = number_of(fields[2]);
    bool is_sane = first >= kMinSubordinate && count > 0 && first <= kMaxUid && count <= kMaxUid - first + 1;
    if (!is_sane) continue;
    bool is_ours = number_of(fields[0]) == uid || (!name.empty() && fields[0] == name);
    all.push_back({is_ours, {static_cast<uint32_t>(first), static_cast<uint32_t>(count)}});
  }
  std::vector<UidRange> ours;
  for (const OwnedRange& one : all) {
    auto is_rival = [&one](const OwnedRange& other) {
      return !other.is_ours && overlap(one.range, other.range);
    };
    if (one.is_ours && std::none_of(all.begin(), all.end(), is_rival)) ours.push_back(one.range);
  }
  return ours;
}

std::string user_name(const std::string& passwd, uint32_t uid) {
  std::istringstream text(passwd);
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> fields = fields_of(line);
    if (fields.size() >= 3 && number_of(fields[2]) == uid) return fields[0];
  }
  return "";
}

void Scope::refresh() {
  std::string stamp = stamp_of(kSubuid) + ", " + stamp_of(kPasswd);
  if (stamp == stamp_) return;
  std::string name = user_name(read_file(kPasswd), served_.uid);
  ranges_ = subordinate_ranges(read_file(kSubuid), served_.uid, name);
  stamp_ = stamp;
}

bool Scope::covers(uint32_t uid) const {
  auto holds = [uid](const UidRange& range) { return uid - range.first < range.count; };
  return uid == served_.uid || std::any_of(ranges_.begin(), ranges_.end(), holds);
}

}  // namespace sockscope
