// Failed system calls, as one small type.
#pragma once

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

namespace sockscope {

// A step that failed (a system call, or one of ours), with its errno.
class SystemError : public std::exception {
 public:
  explicit SystemError(std::string step, int code = errno)
      : step_(std::move(step)), code_(code), text_(step_ + ": " + std::strerror(code_)) {}

  const char* what() const noexcept override { return text_.c_str(); }
  const std::string& step() const { return step_; }
  int code() const { return code_; }

 private:
  std::string step_;
  int code_;
  std::string text_;
};

// Passes on the result of a call that fails with -1.
template <typename Result>
Result check(Result result, const char* step) {
  if (result < 0) throw SystemError(step);
  return result;
}

}  // namespace sockscope
