#include "broker/waiting_requests.h"

#include <algorithm>
#include <utility>

#include "shared/error.h"

namespace sockscope {

namespace {

// A walker mostly takes a few milliseconds: then requests are answered one after the other, in order.
constexpr std::chrono::milliseconds kPatience(20);
constexpr size_t kMaxWaiting = 16;

}  // namespace

WaitingRequests::~WaitingRequests() {
  while (!fibers_.empty()) {
    std::vector<pollfd> awaited;
    add_awaited(awaited);
    poll(awaited.data(), awaited.size(), timeout_ms());
    try {
      resume_ready();
    } catch (const std::exception&) {
      // The agent that it would answer is gone.
    }
  }
}

bool WaitingRequests::begin(std::function<void()> work) {
  std::unique_ptr<Fiber> fiber = fiber_for(work);
  if (!fiber) return work(), true;
  Deadline patience = Clock::now() + kPatience;
  fiber->resume();
  while (!fiber->is_over()) {
    bool is_ready = wait_readable(fiber->awaited(), std::min(fiber->deadline(), patience));
    if (!is_ready && fiber->deadline() > patience) return fibers_.push_back(std::move(fiber)), false;
    fiber->resume();
  }
  spare_ = fiber->take_stack();
  return true;
}

// Null: there is no memory for its stack.
std::unique_ptr<Fiber> WaitingRequests::fiber_for(const std::function<void()>& work) {
  try {
    auto stack = spare_ ? std::move(spare_) : std::make_unique<FiberStack>();
    return std::make_unique<Fiber>(work, std::move(stack));
  } catch (const SystemError&) {
    return nullptr;
  }
}

bool WaitingRequests::has_room() const { return fibers_.size() < kMaxWaiting; }

void WaitingRequests::add_awaited(std::vector<pollfd>& awaited) const {
  for (const auto& fiber : fibers_) awaited.push_back({fiber->awaited(), POLLIN, 0});
}

int WaitingRequests::timeout_ms() const {
  if (fibers_.empty()) return -1;
  auto is_earlier = [](const auto& a, const auto& b) { return a->deadline() < b->deadline(); };
  return milliseconds_until((*std::min_element(fibers_.begin(), fibers_.end(), is_earlier))->deadline());
}

void WaitingRequests::resume_ready() {
  std::vector<pollfd> awaited;
  add_awaited(awaited);
  poll(awaited.data(), awaited.size(), 0);
  std::exception_ptr failure;
  for (size_t at = 0; at < awaited.size(); at++) {
    if (awaited[at].revents == 0 && milliseconds_until(fibers_[at]->deadline()) > 0) continue;
    try {
      fibers_[at]->resume();
    } catch (...) {
      failure = std::current_exception();
    }
  }
  auto is_over = [](const auto& fiber) { return fiber->is_over(); };
  fibers_.erase(std::remove_if(fibers_.begin(), fibers_.end(), is_over), fibers_.end());
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sockscope
