// What the kernel's counters of TCP prove, and what they do not.
#include "scans/tcp_census.h"

#include <netinet/in.h>

#include <string>

#include "expect.h"
#include "shared/tcp_states.h"

using namespace sockscope;

namespace {

constexpr uint32_t kHome = 1, kElsewhere = 2;

// Linux 6.18.
const std::string kSockstat =
    "sockets: used 30\nTCP: inuse 3 orphan 9 tw 1 alloc 12 mem 5\nUDP: inuse 8 mem 7\n";
const std::string kSockstat6 = "TCP6: inuse 2\nUDP6: inuse 5\n";
const std::string kSnmp =
    "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens "
    "AttemptFails\nTcp: 1 200 120000 -1 40 50 6\nUdp: InDatagrams\nUdp: 7\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

socket_record socket_in(uint8_t state, uint32_t pid = 1, uint32_t netns = kHome,
                        uint16_t protocol = IPPROTO_TCP) {
  socket_record record = {};
  record.state = state;
  record.pid = pid;
  record.netns = netns;
  record.protocol = protocol;
  return record;
}

TcpCensus of_six() {
  TcpCensus census(kHome, TcpTotals{6, 90});
  for (uint8_t state : {kListen, kEstablished, kEstablished, kSynSent}) census.count(socket_in(state));
  for (uint8_t state : {kTimeWait, kFinWait1}) census.count(socket_in(state, 0));
  return census;
}

void totals() {
  std::optional<TcpTotals> both = tcp_totals(kSockstat, kSockstat6, kSnmp);
  expect(both && both->sockets == 6 && both->begun == 90, "both families and time-wait; both directions");
  std::optional<TcpTotals> ipv4 = tcp_totals(kSockstat, "", kSnmp);
  expect(ipv4 && ipv4->sockets == 4, "a kernel without IPv6");
  expect(!tcp_totals("", kSockstat6, kSnmp) && !tcp_totals(kSockstat, kSockstat6, ""), "a file is missing");
  expect(!tcp_totals(with(kSockstat, " tw 1", ""), kSockstat6, kSnmp), "a field is missing");
  expect(!tcp_totals(kSockstat, "UDP6: inuse 5\n", kSnmp), "a line is missing");
  expect(!tcp_totals(kSockstat, kSockstat6, with(kSnmp, "PassiveOpens", "Other")), "a column is missing");
  expect(!tcp_totals(kSockstat, kSockstat6, with(kSnmp, "40 50 6", "40")), "a number is missing");
  expect(!tcp_totals(with(kSockstat, "inuse 3", "inuse x"), kSockstat6, kSnmp), "no number");
}

void complete() {
  expect(of_six().is_complete(TcpTotals{6, 90}), "as many as the kernel counts");
  expect(!of_six().is_complete(TcpTotals{7, 90}), "one more has come");
  expect(!of_six().is_complete(TcpTotals{6, 91}), "one has come, and another one gone");
  expect(!of_six().is_complete(std::nullopt), "nothing can be read any more");
  expect(!TcpCensus(kHome, std::nullopt).is_complete(std::nullopt), "nothing could be read");
  TcpCensus one_more = of_six();
  one_more.count(socket_in(kEstablished));
  expect(!one_more.is_complete(TcpTotals{6, 90}), "one has gone, after it was counted");
  TcpCensus one_less(kHome, TcpTotals{1, 90});
  expect(!one_less.is_complete(TcpTotals{1, 90}), "one is missing");
}

void uncounted() {
  TcpCensus census = of_six();
  census.count(socket_in(kEstablished, 1, kElsewhere));
  census.count(socket_in(kEstablished, 1, kHome, IPPROTO_UDP));
  census.count(socket_in(kClose));
  census.count(socket_in(kSynRecv, 0));
  census.count(socket_in(kNewSynRecv, 0));
  expect(census.is_complete(TcpTotals{6, 90}),
         "neither other namespaces and protocols, nor what is only bound, nor half-open");
  census.count(socket_in(kSynRecv));
  expect(census.is_complete(TcpTotals{6, 90}) == false, "a process holds no half-open one");
}

}  // namespace

int main() {
  totals();
  complete();
  uncounted();
  return failures == 0 ? 0 : 1;
}
