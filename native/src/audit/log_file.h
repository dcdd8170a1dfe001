// The audit log on disk: audit.log and older parts, in a folder that only root can enter. Several brokers may
// write to it at the same time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/unique_fd.h"

namespace sockscope {

// The folder of the machine's audit log.
extern const char* const kAuditFolder;

struct LogLimits {
  size_t part_bytes = 2'000'000;
  // With the current one: so 10 MB in all.
  int parts = 5;
  // A part takes lines for so long, and goes when its last line is older than all the others' time together:
  // no line is older than 90 days while somebody writes.
  int64_t part_seconds = 18 * 24 * 3600;
};

// Longest line that is written; fields have a fixed or bounded size.
constexpr size_t kMaxLineBytes = 1024;
// A part grows by no more than these beyond its limit.
constexpr size_t kLinesInWrite = 64;

class LogFile {
 public:
  // Makes the folder and the file where they are missing. Throws SystemError, whose step says what to do,
  // where somebody else could write to them or has planted something else in their place.
  explicit LogFile(std::string folder, LogLimits limits = {});

  // Appends a line by one write. Throws SystemError where only a part of it fits; the next one then begins on
  // a new line.
  void append(const std::string& line);
  // Appends these in order, kLinesInWrite of them by one write. Throws likewise; `written` counts the whole
  // ones.
  void append(const std::vector<std::string>& lines, size_t& written);

  // The newest lines (kLineStart) of this served user since that time (as in the lines), in order, at most so
  // many bytes; `complete`: none were left out.
  std::string lines_of(uint32_t uid, const std::string& since, size_t max_bytes, bool& complete) const;

 private:
  void write_lines(const std::string& text, size_t& written);
  UniqueFd open_part(int part, int flags) const;
  void open_current();
  bool is_current() const;
  bool is_full(size_t more) const;
  void rotate();
  void shift_parts() const;
  void remove_expired();
  std::string path_of(int part) const;

  std::string path_;
  LogLimits limits_;
  UniqueFd folder_, file_;
  int64_t begins_ = 0;      // when the first line of the current part was written
  int64_t expired_at_ = 0;  // when expired parts were removed
  bool is_cut_ = false;     // the last line has no end
};

// `2026-11-28T22:30:00.123Z` for milliseconds of CLOCK_REALTIME since 1970: lines are read by people. What
// lies outside the years 1970 to 9999 becomes their first or last moment.
std::string time_text(int64_t ms);
int64_t now_ms();

// The start of each line up to its other fields, `{"time":"...","uid":1000,`: lines of a user are found by
// it. It cannot occur inside a line, where quotes are escaped.
std::string line_start(const std::string& time, uint32_t uid);

}  // namespace sockscope
