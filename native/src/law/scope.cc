#include "law/scope.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "shared/error.h"
#include "shared/proc_file.h"

namespace sockscope {

namespace {

constexpr const char* kSubuid = "/etc/subuid";
constexpr const char* kPasswd = "/etc/passwd";
// Uids of people and of the system lie below.
constexpr uint64_t kMinSubordinate = 65536;
// All ones is no uid.
constexpr uint64_t kMaxUid = UINT32_MAX - 1;

struct OwnedRange {
  std::string owner;  // a name or a uid
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

// Empty where there is none.
std::string read_file(const char* path) {
  UniqueFd file = open_if_there(AT_FDCWD, path, O_RDONLY);
  std::string text;
  char part[8192];
  for (ssize_t length = 1; file && length > 0; text.append(part, length))
    length = check(read(file.get(), part, sizeof(part)), "read accounts");
  return text;
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

// The lines of an /etc/subuid that are sound.
std::vector<OwnedRange> ranges_in(const std::string& subuid) {
  std::vector<OwnedRange> ranges;
  std::istringstream text(subuid);
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 3) continue;
    uint64_t first = number_of(fields[1]), count = number_of(fields[2]);
    bool is_sane = first >= kMinSubordinate && count > 0 && first <= kMaxUid && count <= kMaxUid - first + 1;
    if (is_sane) ranges.push_back({fields[0], {static_cast<uint32_t>(first), static_cast<uint32_t>(count)}});
  }
  return ranges;
}

bool holds(const UidRange& range, uint32_t uid) { return uid - range.first < range.count; }

// By name, in the text of an /etc/passwd; of a name with two lines, the first.
std::map<std::string, uint32_t> uids_of(const std::string& passwd) {
  std::map<std::string, uint32_t> uids;
  std::istringstream text(passwd);
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> fields = fields_of(line);
    uint64_t uid = fields.size() >= 3 ? number_of(fields[2]) : UINT64_MAX;
    if (uid <= kMaxUid) uids.emplace(fields[0], static_cast<uint32_t>(uid));
  }
  return uids;
}

}  // namespace

std::vector<UidRange> subordinate_ranges(const std::string& subuid, uint32_t uid, const std::string& name) {
  std::vector<OwnedRange> all = ranges_in(subuid);
  auto is_ours = [&](const OwnedRange& one) {
    return number_of(one.owner) == uid || (!name.empty() && one.owner == name);
  };
  std::vector<UidRange> ours;
  for (const OwnedRange& one : all) {
    auto is_rival = [&](const OwnedRange& other) {
      return !is_ours(other) && overlap(one.range, other.range);
    };
    if (is_ours(one) && std::none_of(all.begin(), all.end(), is_rival)) ours.push_back(one.range);
  }
  return ours;
}

std::vector<ChargedRange> charged_ranges(const std::string& subuid, const std::string& passwd) {
  std::map<std::string, uint32_t> uids = uids_of(passwd);
  std::vector<ChargedRange> charged;
  for (const auto& [owner, range] : ranges_in(subuid)) {
    uint64_t number = number_of(owner);
    uint32_t account =
        number <= kMaxUid ? static_cast<uint32_t>(number) : uids.emplace(owner, range.first).first->second;
    charged.push_back({range, account});
  }
  return charged;
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
  std::string subuid = read_file(kSubuid), passwd = read_file(kPasswd);
  ranges_ = subordinate_ranges(subuid, served_.uid, user_name(passwd, served_.uid));
  charged_ = charged_ranges(subuid, passwd);
  stamp_ = stamp;
}

bool Scope::covers(uint32_t uid) const {
  auto is_in = [uid](const UidRange& range) { return holds(range, uid); };
  return uid == served_.uid || std::any_of(ranges_.begin(), ranges_.end(), is_in);
}

uint32_t Scope::account_of(uint32_t uid) const {
  auto is_in = [uid](const ChargedRange& charged) { return holds(charged.range, uid); };
  auto found = std::find_if(charged_.begin(), charged_.end(), is_in);
  return found == charged_.end() ? uid : found->account;
}

}  // namespace sockscope
