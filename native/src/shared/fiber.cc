#include "shared/fiber.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "shared/error.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace sockscope {

namespace {

// What is not used costs nothing. Below it lies a page that nobody may touch.
constexpr size_t kStackBytes = 512 * 1024;
constexpr size_t kGuardBytes = 64 * 1024;  // the largest page that there is

Fiber* running = nullptr;

// AddressSanitizer has to know which stack is in use. `kept`: what it keeps of one that is left for a while.
void leave_stack([[maybe_unused]] void** kept, [[maybe_unused]] const StackBounds& next) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(kept, next.bottom, next.size);
#endif
}

void enter_stack([[maybe_unused]] void* kept, [[maybe_unused]] StackBounds& last) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(kept, &last.bottom, &last.size);
#endif
}

// What is being thrown and caught is kept by thread: of two fibers at once, it would be mixed up.
// The older function says as much as std::uncaught_exceptions, which asks for GLIBCXX_3.4.22.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
bool handles_exception() { return std::current_exception() || std::uncaught_exception(); }
#pragma GCC diagnostic pop

}  // namespace

bool wait_readable(int fd, Deadline deadline) {
  if (running && !handles_exception()) running->pause(fd, deadline);
  pollfd readable = {fd, POLLIN, 0};
  while (poll(&readable, 1, milliseconds_until(deadline)) < 0 && errno == EINTR) continue;
  return readable.revents & POLLIN;
}

int milliseconds_until(Deadline deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

FiberStack::FiberStack()
    : bottom_(mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0)) {
  if (bottom_ == MAP_FAILED) throw SystemError("mmap a stack");
  if (mprotect(bottom_, kGuardBytes, PROT_NONE) == 0) return;
  int error = errno;
  munmap(bottom_, kStackBytes);
  throw SystemError("mprotect a stack", error);
}

FiberStack::~FiberStack() { munmap(bottom_, kStackBytes); }

StackBounds FiberStack::bounds() const { return {bottom_, kStackBytes}; }

Fiber::Fiber(std::function<void()> work, std::unique_ptr<FiberStack> stack)
    : work_(std::move(work)), stack_(std::move(stack)) {
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_->bottom();
  own_.uc_stack.ss_size = stack_->bounds().size;
  own_.uc_link = &resumer_;
  makecontext(&own_, run, 0);
}

void Fiber::resume() {
  Fiber* outer = std::exchange(running, this);
  void* kept = nullptr;
  StackBounds left;
  leave_stack(&kept, stack_->bounds());
  swapcontext(&resumer_, &own_);
  enter_stack(kept, left);
  running = outer;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

// No exception may leave the stack.
void Fiber::run() {
  Fiber& fiber = *running;
  enter_stack(nullptr, fiber.resumer_stack_);
  try {
    fiber.work_();
  } catch (...) {
    fiber.failure_ = std::current_exception();
  }
  fiber.is_over_ = true;
  leave_stack(nullptr, fiber.resumer_stack_);
}

void Fiber::pause(int fd, Deadline deadline) {
  awaited_ = fd;
  deadline_ = deadline;
  void* kept = nullptr;
  leave_stack(&kept, resumer_stack_);
  swapcontext(&own_, &resumer_);
  enter_stack(kept, resumer_stack_);
}

bool FiberMutex::try_lock_until(Deadline deadline) {
  if (!is_held_) return is_held_ = true;
  UniqueFd turn(check(eventfd(0, EFD_CLOEXEC), "eventfd"));
  waiting_.push_back(turn.get());
  if (wait_readable(turn.get(), deadline)) return true;
  waiting_.erase(std::find(waiting_.begin(), waiting_.end(), turn.get()));
  return false;
}

void FiberMutex::unlock() {
  if (waiting_.empty()) {
    is_held_ = false;
    return;
  }
  eventfd_write(waiting_.front(), 1);
  waiting_.pop_front();
}

}  // namespace sockscope
