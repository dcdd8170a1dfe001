#include "audit/log_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include "shared/error.h"

namespace sockscope {

const char* const kAuditFolder = "/var/log/sockscope";

namespace {

constexpr char kCurrent[] = "audit.log";
constexpr char kTimeStart[] = "{\"time\":\"";
constexpr size_t kTimeBytes = sizeof("2026-11-28T22:30:00.123Z") - 1;
constexpr int64_t kExpireEverySeconds = 3600;
// Another broker renames the parts in microseconds. If it is stopped in between, acts are refused.
constexpr int kLockTries = 50;
constexpr timespec kLockPause = {0, 1'000'000};

std::string name_of(int part) {
  return part == 0 ? kCurrent : std::string(kCurrent) + "." + std::to_string(part);
}

struct stat status_of(int fd) {
  struct stat status;
  check(fstat(fd, &status), "stat the audit log");
  return status;
}

// Small systems have no /var/log. It is not the log's alone, whatever the umask.
void make_parents(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    std::string parent = path.substr(0, end);
    if (mkdir(parent.c_str(), 0755) == 0)
      check(chmod(parent.c_str(), 0755), "chmod a parent of the audit log");
    else if (errno != EEXIST)
      throw SystemError("make " + parent);
  }
}

UniqueFd open_folder(const std::string& path) {
  make_parents(path);
  std::string why = path + " is not a folder that only root can change: remove it, then start again";
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw SystemError("make " + path);
  UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) throw SystemError(why);
  struct stat status = status_of(folder.get());
  if (status.st_uid != geteuid() || (status.st_mode & 022) != 0) throw SystemError(why, EPERM);
  check(fchmod(folder.get(), 0700), "chmod the folder of the audit log");
  return folder;
}

// The time at the start of a part; 0: it has another form, and gives way to a new part.
int64_t first_time(int fd) {
  char text[sizeof(kTimeStart) - 1 + kTimeBytes + 1] = {};
  tm parts = {};
  if (pread(fd, text, sizeof(text) - 1, 0) != static_cast<ssize_t>(sizeof(text) - 1)) return 0;
  std::string start(text, sizeof(kTimeStart) - 1);
  if (start != kTimeStart) return 0;
  return strptime(text + start.size(), "%Y-%m-%dT%H:%M:%S", &parts) ? timegm(&parts) : 0;
}

bool ends_in_line(int fd, int64_t size) {
  char last = '\n';
  return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

// Why a file of its own does not open: a link, a folder or a socket stands in its place.
bool is_another_kind(int error) { return error == ELOOP || error == EISDIR || error == ENXIO; }

std::string read_all(int fd, size_t max_bytes) {
  std::string text(std::min<size_t>(status_of(fd).st_size, max_bytes), '\0');
  size_t have = 0;
  while (have < text.size()) {
    ssize_t got = check(pread(fd, text.data() + have, text.size() - have, have), "read the audit log");
    if (got == 0) break;
    have += got;
  }
  text.resize(have);
  return text;
}

std::vector<std::string_view> lines_in(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// A line that was cut, with another one behind it on the same line, is nobody's.
bool is_line_of(std::string_view line, uint32_t uid, const std::string& since) {
  if (line.size() < sizeof(kTimeStart) - 1 + kTimeBytes || line.back() != '}') return false;
  std::string time(line.substr(sizeof(kTimeStart) - 1, kTimeBytes));
  std::string start = line_start(time, uid);
  return time >= since && line.compare(0, start.size(), start) == 0 &&
         line.find(kTimeStart, 1) == std::string_view::npos;
}

}  // namespace

LogFile::LogFile(std::string folder, LogLimits limits)
    : path_(std::move(folder)), limits_(limits), folder_(open_folder(path_)) {
  open_current();
  if (is_full(0)) rotate();
  remove_expired();
}

void LogFile::append(const std::string& line) {
  size_t written = 0;
  append(std::vector<std::string>{line}, written);
}

void LogFile::append(const std::vector<std::string>& lines, size_t& written) {
  written = 0;
  auto is_long = [](const std::string& line) { return line.size() > kMaxLineBytes; };
  if (std::any_of(lines.begin(), lines.end(), is_long)) throw SystemError("line of the audit log", EMSGSIZE);
  while (written < lines.size()) {
    std::string text;
    size_t end = std::min(written + kLinesInWrite, lines.size());
    for (size_t at = written; at < end; at++) text += lines[at] + "\n";
    write_lines(text, written);
  }
}

void LogFile::write_lines(const std::string& text, size_t& written) {
  if (!is_current()) open_current();
  if (is_full(text.size() + 1)) rotate();
  if (time(nullptr) - expired_at_ >= kExpireEverySeconds) remove_expired();
  std::string before = is_cut_ ? "\n" : "", whole = before + text;
  ssize_t length = write(file_.get(), whole.data(), whole.size());
  int error = length < 0 ? errno : ENOSPC;
  if (length > 0) {
    written += std::count(whole.begin() + before.size(), whole.begin() + length, '\n');
    is_cut_ = whole[length - 1] != '\n';
  }
  if (length != static_cast<ssize_t>(whole.size())) throw SystemError("write a line to " + path_of(0), error);
}

std::string LogFile::lines_of(uint32_t uid, const std::string& since, size_t max_bytes,
                              bool& complete) const {
  std::vector<std::string> newest_first;
  size_t bytes = 0;
  complete = true;
  for (int part = 0; part < limits_.parts && complete; part++) {
    UniqueFd file = open_part(part, O_RDONLY);
    if (!file && errno == ENOENT) continue;
    if (!file) throw SystemError("open " + path_of(part));
    std::string text = read_all(file.get(), 2 * limits_.part_bytes);
    std::vector<std::string_view> lines = lines_in(text);
    for (auto line = lines.rbegin(); line != lines.rend() && complete; line++) {
      if (!is_line_of(*line, uid, since)) continue;
      bytes += line->size() + 1;
      complete = bytes <= max_bytes;
      if (complete) newest_first.emplace_back(*line);
    }
  }
  std::string result;
  for (auto line = newest_first.rbegin(); line != newest_first.rend(); line++) result += *line + '\n';
  return result;
}

// O_NONBLOCK: a fifo without a reader is refused, not waited for.
UniqueFd LogFile::open_part(int part, int flags) const {
  int how = flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  return UniqueFd(openat(folder_.get(), name_of(part).c_str(), how, 0600));
}

void LogFile::open_current() {
  std::string why = path_of(0) + " is not a file of root's alone: remove it, then start again";
  UniqueFd file = open_part(0, O_RDWR | O_APPEND | O_CREAT);
  if (!file) throw SystemError(is_another_kind(errno) ? why : "open " + path_of(0));
  struct stat status = status_of(file.get());
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_nlink != 1)
    throw SystemError(why, EPERM);
  check(fchmod(file.get(), 0600), "chmod the audit log");
  begins_ = status.st_size == 0 ? time(nullptr) : first_time(file.get());
  is_cut_ = !ends_in_line(file.get(), status.st_size);
  file_ = std::move(file);
}

// Another broker may have renamed it.
bool LogFile::is_current() const {
  struct stat named, open = status_of(file_.get());
  return fstatat(folder_.get(), kCurrent, &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_ino == open.st_ino &&
         named.st_dev == open.st_dev;
}

bool LogFile::is_full(size_t more) const {
  auto size = static_cast<size_t>(status_of(file_.get()).st_size);
  return size > 0 && (size + more > limits_.part_bytes || time(nullptr) - begins_ >= limits_.part_seconds);
}

void LogFile::rotate() {
  for (int tries = 0; flock(folder_.get(), LOCK_EX | LOCK_NB) != 0; tries++) {
    if (tries == kLockTries) throw SystemError("rotate " + path_of(0), EBUSY);
    nanosleep(&kLockPause, nullptr);
  }
  try {
    if (is_current()) shift_parts();
    open_current();
    remove_expired();
  } catch (const SystemError&) {
    flock(folder_.get(), LOCK_UN);
    throw;
  }
  flock(folder_.get(), LOCK_UN);
}

// The oldest part gives way.
void LogFile::shift_parts() const {
  for (int part = limits_.parts - 1; part > 0; part--) {
    int result = renameat(folder_.get(), name_of(part - 1).c_str(), folder_.get(), name_of(part).c_str());
    if (result != 0 && errno != ENOENT) throw SystemError("rename " + path_of(part - 1));
  }
}

void LogFile::remove_expired() {
  expired_at_ = time(nullptr);
  int64_t oldest = expired_at_ - limits_.part_seconds * (limits_.parts - 1);
  for (int part = 1; part < limits_.parts; part++) {
    struct stat status;
    bool is_old = fstatat(folder_.get(), name_of(part).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                  status.st_mtime < oldest;
    if (is_old) unlinkat(folder_.get(), name_of(part).c_str(), 0);
  }
}

std::string LogFile::path_of(int part) const { return path_ + "/" + name_of(part); }

std::string time_text(int64_t ms) {
  constexpr int64_t kLast = 253402300799999;  // 9999-12-31T23:59:59.999Z
  ms = std::clamp<int64_t>(ms, 0, kLast);
  time_t seconds = ms / 1000;
  tm parts;
  gmtime_r(&seconds, &parts);
  char date[32], text[40];
  strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof(text), "%s.%03dZ", date, static_cast<int>(ms % 1000));
  return text;
}

int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * int64_t{1000} + now.tv_nsec / 1'000'000;
}

std::string line_start(const std::string& time, uint32_t uid) {
  return kTimeStart + time + "\",\"uid\":" + std::to_string(uid) + ",";
}

}  // namespace sockscope
