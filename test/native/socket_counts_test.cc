// What the kernel's counters prove, and what they do not: whatever is missing or odd counts as "there may be
// some".
#include "scans/socket_counts.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

// Linux 6.18, in a new network namespace.
const std::string kEmpty =
    "sockets: used 0\nTCP: inuse 0 orphan 2 tw 0 alloc 3 mem 5\nUDP: inuse 0 mem 7\nUDPLITE: inuse 0\nRAW: "
    "inuse 0\nFRAG: inuse 0 memory 0\n";
const std::string kEmpty6 =
    "TCP6: inuse 0\nUDP6: inuse 0\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n";

const std::string kProtocols =
    "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br "
    "ha uh gp em\n"
    "MPTCPv6   2064      0     595   no       0   yes  kernel      y  y  y  n  y  y  y  y  y  y  y  y  n  n  "
    "y  y  y  n\n"
    "MPTCP     1936      0     595   no       0   yes  kernel      y  y  y  n  y  y  y  y  y  y  y  y  n  n  "
    "y  y  y  n\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

bool has(const SocketCounts& counts, uint16_t protocol) {
  return counts.may_have(AF_INET, protocol) || counts.may_have(AF_INET6, protocol);
}

bool has_any(const SocketCounts& counts) {
  return has(counts, IPPROTO_TCP) || has(counts, IPPROTO_UDP) || has(counts, IPPROTO_UDPLITE) ||
         has(counts, IPPROTO_MPTCP) || has(counts, IPPROTO_RAW);
}

SocketCounts changed(const std::string& from, const std::string& to) {
  return SocketCounts(with(kEmpty, from, to), kEmpty6);
}

SocketCounts changed6(const std::string& from, const std::string& to) {
  return SocketCounts(kEmpty, with(kEmpty6, from, to));
}

}  // namespace

int main() {
  expect(!has_any(SocketCounts(kEmpty, kEmpty6)), "nothing in a new namespace, whatever orphans others have");

  SocketCounts some = changed("used 0", "used 1");
  expect(some.may_have_tcp() && has(some, IPPROTO_MPTCP), "a socket of any kind may be a bound TCP socket");
  expect(!has(some, IPPROTO_UDP) && !has(some, IPPROTO_RAW), "a socket of any kind is no bound UDP socket");
  expect(changed("tw 0", "tw 1").may_have_tcp(), "time-wait");
  expect(changed("TCP: inuse 0", "TCP: inuse 3").may_have_tcp(), "TCP without a user's socket");
  expect(changed6("TCP6: inuse 0", "TCP6: inuse 1").may_have_tcp(), "TCP of IPv6");
  expect(!has(changed("TCP: inuse 0", "TCP: inuse 3"), IPPROTO_UDP), "UDP is not TCP");

  std::string used = with(kEmpty, "used 0", "used 5");
  expect(!has(SocketCounts(used, kEmpty6, kProtocols), IPPROTO_MPTCP), "no MPTCP among other sockets");
  for (const std::string& name : {std::string("MPTCPv6   2064"), std::string("MPTCP     1936")}) {
    SocketCounts one(used, kEmpty6, with(kProtocols, name + "      0", name + "     10"));
    expect(one.may_have(AF_INET, IPPROTO_MPTCP) && one.may_have(AF_INET6, IPPROTO_MPTCP), name);
    SocketCounts none(used, kEmpty6, with(kProtocols, name, "other"));
    expect(has(none, IPPROTO_MPTCP), "without " + name);
  }

  SocketCounts udp = changed("UDP: inuse 0", "UDP: inuse 10");
  expect(udp.may_have(AF_INET, IPPROTO_UDP) && !udp.may_have(AF_INET6, IPPROTO_UDP), "UDP, IPv4 alone");
  expect(changed6("UDP6: inuse 0", "UDP6: inuse 1").may_have(AF_INET6, IPPROTO_UDP), "UDP, IPv6");
  expect(!has(udp, IPPROTO_UDPLITE), "UDP-Lite is not UDP");
  expect(has(changed("UDPLITE: inuse 0", "UDPLITE: inuse 1"), IPPROTO_UDPLITE), "UDP-Lite");
  expect(has(changed6("RAW6: inuse 0", "RAW6: inuse 1"), IPPROTO_RAW), "raw");

  expect(has_any(SocketCounts("", kEmpty6)) && has_any(SocketCounts(kEmpty, "")), "a file that is missing");
  expect(has(changed("UDPLITE: inuse 0\n", ""), IPPROTO_UDPLITE), "a line that is missing");
  expect(changed("inuse 0 orphan", "orphan").may_have_tcp(), "a field that is missing");
  expect(changed("tw 0", "tw 00").may_have_tcp(), "no plain 0");
  expect(changed("used 0", "used -1").may_have_tcp(), "below 0");
  expect(changed("used 0", "used").may_have_tcp(), "no number");
  expect(has(SocketCounts(with(kEmpty, "RAW: inuse 0", "RAW: inuse 0x"), kEmpty6), IPPROTO_RAW),
         "something behind the number");
  expect(SocketCounts(kEmpty, kEmpty6).may_have(AF_INET, 132), "a protocol that is not counted");

  expect(!has_any(SocketCounts(kEmpty.substr(0, kEmpty.size() - 1), kEmpty6)), "without a last line break");
  return failures == 0 ? 0 : 1;
}
