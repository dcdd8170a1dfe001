// Work that waits on a stack of its own, while other work goes on: nothing of one gets into another.
#include "broker/waiting_requests.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <mutex>
#include <stdexcept>
#include <string>

#include "expect.h"
#include "shared/error.h"

using namespace sockscope;

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Something to wait for.
class Event {
 public:
  int fd() const { return fd_.get(); }
  void happen() const { eventfd_write(fd_.get(), 1); }
  bool wait(Deadline deadline = Clock::now() + hours(1)) const { return wait_readable(fd_.get(), deadline); }

 private:
  UniqueFd fd_{eventfd(0, EFD_CLOEXEC)};
};

// Looks at what is awaited until no work waits any more.
void finish(WaitingRequests& waiting) {
  while (waiting.timeout_ms() >= 0) {
    std::vector<pollfd> awaited;
    waiting.add_awaited(awaited);
    poll(awaited.data(), awaited.size(), waiting.timeout_ms());
    waiting.resume_ready();
  }
}

void test_order() {
  WaitingRequests waiting;
  Event event;
  std::string log;
  bool is_over = waiting.begin([&] { log += event.wait() ? "late " : "never "; });
  expect(!is_over, "work that waits is not over");
  expect(waiting.begin([&] { log += "other "; }), "other work is done meanwhile");
  waiting.resume_ready();
  expect(log == "other ", "it waits as long as nothing happens");
  event.happen();
  finish(waiting);
  expect(log == "other late ", "it goes on when that happens");
}

void test_deadline() {
  WaitingRequests waiting;
  Event never;
  std::string log;
  waiting.begin([&] { log += never.wait(Clock::now() + milliseconds(500)) ? "" : "first "; });
  waiting.begin([&] { log += never.wait(Clock::now() + milliseconds(50)) ? "" : "second "; });
  finish(waiting);
  expect(log == "second first ", "each goes on at its own deadline");
  expect(waiting.begin([&] { never.wait(Clock::now() + milliseconds(1)); }), "a short wait is waited for");
}

void test_locals() {
  WaitingRequests waiting;
  Event events[8];
  std::string found[8];
  for (int at = 0; at < 8; at++)
    waiting.begin([&, at] {
      std::string own(1000, static_cast<char>('a' + at));
      events[at].wait();
      found[at] = own;
    });
  for (int at = 7; at >= 0; at--) events[at].happen();
  finish(waiting);
  bool kept = true;
  for (int at = 0; at < 8; at++) kept = kept && found[at] == std::string(1000, static_cast<char>('a' + at));
  expect(kept, "each keeps what it had on its stack");
}

void test_exceptions() {
  WaitingRequests waiting;
  Event event, other, never;
  std::string log;
  auto fail = [&log](const Event& awaited, const char* what) {
    try {
      awaited.wait();
      throw std::runtime_error(what);
    } catch (const std::runtime_error& error) {
      log += error.what();
    }
  };
  waiting.begin([&] { fail(event, "one "); });
  waiting.begin([&] { fail(other, "two "); });
  other.happen();
  event.happen();
  finish(waiting);
  expect(log == "one two ", "each catches its own exception");

  waiting.begin([&] {
    never.wait(Clock::now() + milliseconds(40));
    throw SystemError("lost", EPIPE);
  });
  int code = 0;
  try {
    finish(waiting);
  } catch (const SystemError& error) {
    code = error.code();
  }
  expect(code == EPIPE && waiting.timeout_ms() < 0,
         "what nobody catches reaches the loop, and the work is over");

  bool is_over = waiting.begin([&] {
    try {
      throw std::runtime_error("handled");
    } catch (const std::exception&) {
      never.wait(Clock::now() + milliseconds(60));
    }
  });
  expect(is_over, "no other work goes on while an exception is handled");
}

void test_mutex() {
  WaitingRequests waiting;
  FiberMutex mutex;
  Event event;
  std::string log;
  auto lock = [&](const char* name, milliseconds time) {
    std::unique_lock<FiberMutex> held(mutex, Clock::now() + time);
    log += held ? std::string(name) + " " : std::string("not ") + name + " ";
    if (held && *name == 'a') event.wait();
  };
  waiting.begin([&] { lock("a", milliseconds(0)); });
  waiting.begin([&] { lock("b", milliseconds(40)); });
  waiting.begin([&] { lock("c", hours(1)); });
  while (log != "a not b ") waiting.resume_ready();
  event.happen();
  finish(waiting);
  expect(log == "a not b c ", "one holds the lock, and the next one has it then, unless its time is over");
}

void test_end() {
  std::string log;
  Event never;
  {
    WaitingRequests waiting;
    waiting.begin([&] {
      never.wait(Clock::now() + milliseconds(40));
      log += "written";
      throw SystemError("answer the agent", EPIPE);
    });
  }
  expect(log == "written", "work that waits is brought to its end");
}

void test_bound() {
  WaitingRequests waiting;
  Event event;
  int begun = 0;
  for (; waiting.has_room() && begun < 1000; begun++) waiting.begin([&] { event.wait(); });
  expect(begun > 8 && begun < 100, "so many may wait");
  event.happen();
  finish(waiting);
  expect(waiting.has_room(), "and others when these are over");
}

// Nothing more can be mapped meanwhile.
template <typename Act>
void without_memory(Act act) {
  rlimit before;
  getrlimit(RLIMIT_AS, &before);
  rlimit none = {0, before.rlim_max};
  setrlimit(RLIMIT_AS, &none);
  act();
  setrlimit(RLIMIT_AS, &before);
}

void test_no_memory() {
  WaitingRequests waiting;
  Event late;
  std::string log;
  log.reserve(100);
  auto wait = [&] { log += late.wait(Clock::now() + milliseconds(40)) ? "" : "waited "; };
  bool is_over = false;
  without_memory([&] { is_over = waiting.begin(wait); });
  expect(is_over && log == "waited ", "work that waits is done at once where no stack can be mapped");
  expect(!waiting.begin(wait), "and waits beside others again when there is memory");
  without_memory([&] { waiting.begin([&] { log += "other "; }); });
  finish(waiting);
  expect(log == "waited other waited ", "others are done meanwhile, in either case");
}

}  // namespace

int main() {
  test_order();
  test_deadline();
  test_locals();
  test_exceptions();
  test_mutex();
  test_end();
  test_bound();
  test_no_memory();
  return failures == 0 ? 0 : 1;
}
