// What sock_diag says of a protocol that no kernel has, beside one that it has.
#include "engines/sock_diag.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "expect.h"

using namespace sockscope;

namespace {

// For experiments (RFC 3692).
constexpr uint16_t kUnknownProtocol = 253;

int count_of(uint16_t protocol, bool& was_dumped) {
  int count = 0;
  was_dumped = SockDiag().dump(AF_INET, protocol, [&](const inet_diag_msg&) { count++; });
  return count;
}

}  // namespace

int main() {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  expect(listener >= 0 && listen(listener, 1) == 0, "a listener is made");
  expect(SockDiag().knows(IPPROTO_TCP), "TCP is known");
  expect(!SockDiag().knows(kUnknownProtocol), "a protocol of nobody's is not");
  bool was_dumped = false;
  expect(count_of(IPPROTO_TCP, was_dumped) > 0 && was_dumped, "sockets of TCP are dumped");
  expect(count_of(kUnknownProtocol, was_dumped) == 0 && !was_dumped,
         "of the other, it is said that none can be");
  return failures == 0 ? 0 : 1;
}
