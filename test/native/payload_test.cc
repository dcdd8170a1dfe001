// Requests as an agent that was taken over may write them. Built with sanitizers;
// test/fuzz/broker_requests.cc tries many more.
#include "broker/payload.h"

#include <chrono>
#include <functional>
#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

template <typename... Parts>
Message message(const Parts&... parts) {
  Message request = {};
  (append(request.payload, &parts, 1), ...);
  return request;
}

void expect_refused(const std::function<void()>& parse, const std::string& what) {
  int error = 0;
  try {
    parse();
  } catch (const SystemError& refusal) {
    error = refusal.code();
  }
  expect(error == EINVAL, what);
}

void lists_without_anything() {
  expect(all_of<uint32_t>({}, 0, 4).empty(), "no pids");
  expect(targets_of(Message()).empty(), "no targets");
  RequestedOutage outage = outage_of(message(OutageRequest{}));
  expect(outage.pids.empty() && outage.cookies.empty(), "an outage of nothing in particular");
}

void selections() {
  uint32_t port = 80, netns = 7, pid = 42, zero = 0;
  ListSelection by_port = selection_of(message(ListRequest{1, 1, 0, 0}, port, netns));
  expect(by_port.ports.ports() == std::vector<uint16_t>{80} && by_port.namespaces == std::vector<uint32_t>{7},
         "a port of a namespace");
  ListSelection by_process = selection_of(message(ListRequest{0, 0, 2, 0}, pid, pid));
  expect(by_process.ports.all() && by_process.processes == std::vector<uint32_t>{42}, "a process, once");
  expect_refused([&] { selection_of(message(ListRequest{1, 0, 0, 0}, zero)); }, "port 0");
  expect_refused([&] { selection_of(message(ListRequest{0, 0, 1, 0}, zero)); }, "pid 0");
  expect_refused([&] { selection_of(message(ListRequest{0, 0, 0, 0})); }, "a selection of nothing");
  expect_refused([&] { selection_of(message(ListRequest{2, 0, 0, 0}, port)); }, "a port less than announced");
  expect_refused(
      [&] {
        selection_of(message(ListRequest{UINT32_MAX, 2, 1, 0}, port, netns));
      },
      "numbers whose sum overflows");
}

void outages() {
  OutageRequest request = {};
  request.processes = 1;
  request.cookies = 1;
  uint32_t pid = 42;
  uint64_t cookie = 4711;
  RequestedOutage outage = outage_of(message(request, pid, cookie));
  expect(outage.pids == std::vector<uint32_t>{42} && outage.cookies == std::vector<uint64_t>{4711},
         "a process and a socket");
  expect_refused([&] { outage_of(message(request, pid)); }, "a socket less than announced");
  request.rule.loss = ALL_PARTS + 1;
  expect_refused([&] { outage_of(message(request, pid, cookie)); }, "more than all packets lost");
  request.rule.loss = ALL_PARTS;
  request.rule.direction = DIRECTION_OUT + 1;
  expect_refused([&] { outage_of(message(request, pid, cookie)); }, "a direction that there is not");
  request.rule.direction = DIRECTION_OUT;
  request.rule.rate = 20000;
  expect_refused([&] { outage_of(message(request, pid, cookie)); }, "a rate besides a loss");
  request.rule.loss = 0;
  request.rule.rate = 19999;
  expect_refused([&] { outage_of(message(request, pid, cookie)); }, "a rate too low for TCP");
  request.rule.rate = 20000;
  expect(outage_of(message(request, pid, cookie)).header.rule.rate == 20000, "a rate");
  request.index = OUTAGE_RULES;
  expect_refused([&] { outage_of(message(request, pid, cookie)); }, "a rule that there is not");
}

void captures() {
  CaptureRequest request = {};
  request.snap = MAX_PACKET_BYTES;
  request.outage.cookies = 1;
  request.outage.rule.fault = OUTAGE_BLACKHOLE;
  uint64_t cookie = 4711;
  RequestedCapture capture = capture_of(message(request, cookie));
  expect(capture.snap == MAX_PACKET_BYTES && capture.rule.cookies == std::vector<uint64_t>{4711}, "a socket");
  expect_refused([&] { capture_of(message(request)); }, "a socket less than announced");
  expect_refused([&] { capture_of(message(request.snap)); }, "no rule");
  request.snap = 0;
  expect_refused([&] { capture_of(message(request, cookie)); }, "nothing of each packet");
  request.snap = MAX_PACKET_BYTES + 1;
  expect_refused([&] { capture_of(message(request, cookie)); }, "more than a packet has");
  request.snap = 1;
  request.outage.rule.fault = OUTAGE_REFUSED;
  expect_refused([&] { capture_of(message(request, cookie)); }, "a fault");
}

bool is_recent(uint64_t sent_ns) {
  Message request = {};
  request.header.sent_ns = sent_ns;
  try {
    require_recent(request);
    return true;
  } catch (const SystemError& refusal) {
    expect(refusal.code() == ETIMEDOUT, "the broker was late, or the time is made up");
    return false;
  }
}

void times() {
  std::chrono::nanoseconds clock = std::chrono::steady_clock::now().time_since_epoch();
  auto now = static_cast<uint64_t>(clock.count());
  uint64_t hour = std::chrono::nanoseconds(std::chrono::hours(1)).count();
  expect(is_recent(now), "sent just now");
  expect(!is_recent(0) && !is_recent(now + hour), "sent long ago, or later than now");
  expect(!is_recent(uint64_t{1} << 63) && !is_recent(UINT64_MAX), "a time of more than 63 bits");
}

}  // namespace

int main() {
  lists_without_anything();
  selections();
  outages();
  captures();
  times();
  return failures == 0 ? 0 : 1;
}
