// The files of the audit log: what is planted is refused, what is cut is an error, and all parts together
// have a bound in size and age.
#include "audit/log_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "expect.h"
#include "shared/error.h"

using namespace sockscope;
namespace fs = std::filesystem;

namespace {

std::string folder;  // of the log

void refused(const std::function<void()>& act, int error, const std::string& text, const std::string& what) {
  try {
    act();
    expect(false, what + " is accepted");
  } catch (const SystemError& failure) {
    bool is_expected = failure.code() == error && failure.step().find(text) != std::string::npos;
    expect(is_expected, what + ": " + failure.what());
  }
}

void fresh() {
  fs::remove_all(folder);
  umask(0);
}

std::string content(const std::string& name = "audit.log") {
  std::ifstream file(folder + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string line(uint32_t uid, const std::string& rest = "\"n\":1}", int64_t ms = now_ms()) {
  return line_start(time_text(ms), uid) + rest;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string lines_of(const LogFile& log, uint32_t uid, int64_t since = 0, size_t max = 1 << 20) {
  bool complete = false;
  return log.lines_of(uid, time_text(since), max, complete) + (complete ? "" : "incomplete");
}

void planted() {
  fresh();
  LogFile made(folder);
  struct stat status;
  expect(stat(folder.c_str(), &status) == 0 && (status.st_mode & 0777) == 0700, "the folder is 0700");
  expect(stat((folder + "/audit.log").c_str(), &status) == 0 && (status.st_mode & 0777) == 0600,
         "the file is 0600");
  auto open = [] { LogFile log(folder); };
  const std::string advice = "is not a file of root's alone: remove it, then start again";
  std::string path = folder + "/audit.log";
  fs::remove(path);
  fs::create_symlink("/tmp/sockscope-planted", path);
  refused(open, ELOOP, advice, "a symbolic link");
  expect(!fs::exists("/tmp/sockscope-planted"), "its target is not made");
  fs::remove(path);
  mkfifo(path.c_str(), 0600);
  // O_RDWR: a fifo opens at once, and is then no file.
  refused(open, EPERM, advice, "a fifo");
  fs::remove(path);
  std::ofstream(folder + "/other") << "text\n";
  fs::create_hard_link(folder + "/other", path);
  refused(open, EPERM, advice, "a hard link");
  fs::remove(path);
  fs::create_directory(path);
  refused(open, EISDIR, advice, "a folder in the file's place");
  fs::remove_all(folder);
  fs::create_directory(folder + "-real");
  fs::create_directory_symlink(folder + "-real", folder);
  refused(open, ENOTDIR, "is not a folder that only root can change: remove it", "a link to a folder");
  fs::remove(folder);
  fs::remove(folder + "-real");
  mkdir(folder.c_str(), 0777);
  refused(open, EPERM, "is not a folder that only root can change: remove it", "a folder of everybody's");
}

// Of this process; its signal is ignored, as in the broker.
void parents() {
  fresh();
  mode_t mask = umask(077);
  std::string above = folder + "/var", path = above + "/log/sockscope";
  LogFile(path).append("{}");
  umask(mask);
  struct stat parent, own;
  bool are_there = stat((above + "/log").c_str(), &parent) == 0 && stat(path.c_str(), &own) == 0;
  expect(are_there && (parent.st_mode & 0777) == 0755 && (own.st_mode & 0777) == 0700,
         "missing folders are made: those above are everybody's");
}

void limit_file_size(rlim_t bytes) {
  rlimit now;
  getrlimit(RLIMIT_FSIZE, &now);
  now.rlim_cur = bytes;
  setrlimit(RLIMIT_FSIZE, &now);
}

void cut() {
  fresh();
  signal(SIGXFSZ, SIG_IGN);
  LogFile log(folder);
  log.append(line(1000, "\"first\":1}"));
  limit_file_size(content().size() + 10);
  refused([&] { log.append(line(1000, "\"second\":1}")); }, ENOSPC, "write a line to", "a line that is cut");
  refused([&] { log.append(line(1000, "\"third\":1}")); }, EFBIG, "write a line to", "a line with no room");
  limit_file_size(RLIM_INFINITY);
  log.append(line(1000, "\"fourth\":1}"));
  std::string own = lines_of(log, 1000);
  expect(contains(own, "first") && contains(own, "fourth") && !contains(own, "second"),
         "the next line begins on a new one");
  std::ofstream(folder + "/audit.log", std::ios::app) << "{\"time\":\"2026";
  LogFile again(folder);
  again.append(line(1000, "\"fifth\":1}"));
  expect(contains(lines_of(again, 1000), "fifth"), "also behind what another broker has cut");
  refused([&] { log.append(std::string(kMaxLineBytes + 1, 'x')); }, EMSGSIZE, "line", "a line without bound");
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> lines;
  for (int number = 0; number < count; number++)
    lines.push_back(line(1000, "\"n\":" + std::to_string(number) + "}"));
  return lines;
}

void many_at_once() {
  fresh();
  LogFile log(folder);
  std::vector<std::string> lines = numbered(150);
  std::string whole;
  for (const std::string& each : lines) whole += each + "\n";
  size_t written = 0;
  log.append(lines, written);
  expect(written == lines.size() && content() == whole, "many lines, in order");
  log.append({}, written);
  expect(written == 0 && content() == whole, "no lines");

  size_t room = 0;
  for (int number = 0; number < 100; number++) room += lines[number].size() + 1;
  limit_file_size(content().size() + room + 10);
  refused([&] { log.append(lines, written); }, ENOSPC, "write a line to", "lines that do not all fit");
  limit_file_size(RLIM_INFINITY);
  expect(written == 100, "those that are whole are counted");
  log.append(line(1000, "\"behind\":1}"));
  expect(contains(lines_of(log, 1000), "behind"), "the next line begins on a new one");
}

void readers() {
  fresh();
  LogFile log(folder);
  log.append(line(1000, "\"old\":1}", 1000));
  log.append(line(10000, "\"other\":1}"));
  log.append(line(0, "\"root\":\"{\\\"time\\\":\\\"x\\\",\\\"uid\\\":1000,\"}"));
  log.append(line(1000, "\"new\":1}"));
  std::string own = lines_of(log, 1000);
  expect(contains(own, "old") && contains(own, "new") && !contains(own, "other") && !contains(own, "root"),
         "a user's lines, and nobody else's");
  expect(own.find("old") < own.find("new"), "the newest last");
  expect(!contains(lines_of(log, 1000, 2000), "old"), "those since a time");
  expect(
      lines_of(log, 1000, 0, 60) ==
          line(1000, "\"new\":1}", 0).replace(9, 24, own.substr(own.rfind("time") + 7, 24)) + "\nincomplete",
      "the newest where not all fit");
  std::ofstream(folder + "/audit.log", std::ios::app)
      << line(1000, "\"name\":\"cut") << line(0, "\"secret\":1}") << "\n";
  expect(!contains(lines_of(log, 1000), "secret"), "a cut line gives no other one away");
}

size_t total() {
  size_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

LogLimits small() {
  LogLimits limits;
  limits.part_bytes = 1000;
  limits.parts = 3;
  limits.part_seconds = 100;
  return limits;
}

void bounds() {
  fresh();
  LogFile one(folder, small()), other(folder, small());
  size_t largest = 0;
  for (int number = 0; number < 300; number++) {
    (number % 2 ? one : other).append(line(1000, "\"n\":" + std::to_string(number) + "}"));
    largest = std::max(largest, total());
  }
  expect(largest <= 3000 && largest > 2500,
         "all parts together stay within the bound: " + std::to_string(largest));
  expect(fs::exists(folder + "/audit.log.2") && !fs::exists(folder + "/audit.log.3"), "in three parts");
  std::string own = lines_of(one, 1000);
  bool in_order = true;
  for (int number = 299; number > 265; number--)
    in_order = in_order && own.find("\"n\":" + std::to_string(number - 1) + "}") <
                               own.find("\"n\":" + std::to_string(number) + "}");
  expect(in_order && contains(own, "\"n\":299}"), "two brokers write to one log, and no line is lost");
  UniqueFd stopped(open(folder.c_str(), O_RDONLY | O_DIRECTORY));
  flock(stopped.get(), LOCK_EX);
  refused(
      [&] {
        for (int number = 0; number < 20; number++) one.append(line(1000));
      },
      EBUSY, "rotate", "a broker that was stopped while it renames parts");
  expect(total() <= 3000, "the bound holds then as well");
}

void ages() {
  fresh();
  int64_t now = time(nullptr);
  { LogFile(folder, small()).append(line(1000, "\"n\":1}", (now - 99) * 1000)); }
  { LogFile young(folder, small()); }
  expect(!fs::exists(folder + "/audit.log.1"), "a young part stays");
  fs::remove(folder + "/audit.log");
  { LogFile(folder, small()).append(line(1000, "\"n\":1}", (now - 101) * 1000)); }
  { LogFile old(folder, small()); }
  expect(fs::exists(folder + "/audit.log.1") && content().empty(), "an old part gives way to a new one");
  timespec times[2] = {{now - 199, 0}, {now - 199, 0}};
  utimensat(AT_FDCWD, (folder + "/audit.log.1").c_str(), times, 0);
  { LogFile kept(folder, small()); }
  expect(fs::exists(folder + "/audit.log.1"), "it is kept while it may hold young lines");
  times[0].tv_sec = times[1].tv_sec = now - 201;
  utimensat(AT_FDCWD, (folder + "/audit.log.1").c_str(), times, 0);
  { LogFile gone(folder, small()); }
  expect(!fs::exists(folder + "/audit.log.1"), "and goes once its last line is old");
  std::ofstream(folder + "/audit.log") << "{\"at\":\"another form\"}\n";
  { LogFile other(folder, small()); }
  expect(content().empty() && contains(content("audit.log.1"), "another form"), "another form gives way");
  LogLimits limits;
  expect(limits.part_bytes * limits.parts == 10'000'000 && limits.part_seconds * limits.parts == 90 * 86400,
         "10 MB and 90 days");
}

void times() {
  expect(time_text(1234567890123) == "2009-02-13T23:31:30.123Z", "a time");
  expect(time_text(-5) == "1970-01-01T00:00:00.000Z" && time_text(INT64_MAX) == "9999-12-31T23:59:59.999Z",
         "times that no line has");
}

}  // namespace

int main() {
  char temporary[] = "/tmp/sockscope-log-XXXXXX";
  if (!mkdtemp(temporary)) return 1;
  folder = std::string(temporary) + "/log";
  planted();
  parents();
  cut();
  many_at_once();
  readers();
  bounds();
  ages();
  times();
  fs::remove_all(temporary);
  return failures == 0 ? 0 : 1;
}
