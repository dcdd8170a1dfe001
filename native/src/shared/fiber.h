// Work that waits for a descriptor while its thread does other work: on a stack of its own.
#pragma once

#include <ucontext.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "shared/unique_fd.h"

namespace sockscope {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC
using Deadline = Clock::time_point;

// Returns whether the descriptor is readable, at the latest at the deadline. In a fiber, other work of the
// thread goes on meanwhile.
bool wait_readable(int fd, Deadline deadline);

// Milliseconds until then, 0 if that is over.
int milliseconds_until(Deadline deadline);

struct StackBounds {
  const void* bottom = nullptr;
  size_t size = 0;
};

// Memory for a fiber. Throws SystemError where there is none left.
class FiberStack {
 public:
  FiberStack();
  ~FiberStack();
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;

  void* bottom() const { return bottom_; }
  StackBounds bounds() const;

 private:
  void* bottom_;
};

class Fiber {
 public:
  // Begins with the first resume(). Must be over when it is destructed, or never have begun.
  Fiber(std::function<void()> work, std::unique_ptr<FiberStack> stack);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Goes on until the work waits, or is over. Throws what the work throws, which is over then.
  void resume();
  bool is_over() const { return is_over_; }
  // For another fiber, once this one is over.
  std::unique_ptr<FiberStack> take_stack() { return std::move(stack_); }
  // What it waits for.
  int awaited() const { return awaited_; }
  Deadline deadline() const { return deadline_; }

 private:
  friend bool wait_readable(int fd, Deadline deadline);

  static void run();
  void pause(int fd, Deadline deadline);

  std::function<void()> work_;
  std::unique_ptr<FiberStack> stack_;
  ucontext_t own_, resumer_;
  StackBounds resumer_stack_;
  std::exception_ptr failure_;
  bool is_over_ = false;
  int awaited_ = -1;
  Deadline deadline_;
};

// Of what several fibers of a thread use, each for a while, in the order in which they came: who comes again
// and again keeps nobody waiting. With std::unique_lock.
class FiberMutex {
 public:
  bool try_lock_until(Deadline deadline);
  void unlock();

 private:
  bool is_held_ = false;
  std::deque<int> waiting_;  // an eventfd of each, readable once it has its turn
};

}  // namespace sockscope
