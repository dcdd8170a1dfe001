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
    "AttemptFails EstabResets CurrEstab\nTcp: 1 200 120000 -1 40 50 6 8 3\nUdp: InDatagrams\nUdp: 7\n";

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

socket_record with_cookie(socket_record socket, uint64_t cookie) {
  socket.cookie = cookie;
  return socket;
}

// Two that are held and open, two that are held and not, and two that no process holds.
TcpCensus of_six() {
  TcpCensus census(kHome, {}, TcpTotals{6, 90, 2});
  for (uint8_t state : {kEstablished, kCloseWait}) census.count_held(socket_in(state));
  socket_record listener = with_cookie(socket_in(kListen), 3), closing = with_cookie(socket_in(kFinWait1), 4);
  for (const socket_record& socket : {listener, closing}) {
    census.count_held(socket);
    census.count_dumped(socket, true);
  }
  census.count_dumped(with_cookie(socket_in(kTimeWait, 0), 5), false);
  census.count_dumped(with_cookie(socket_in(kFinWait2, 0), 6), false);
  return census;
}

void totals() {
  std::optional<TcpTotals> both = tcp_totals(kSockstat, kSockstat6, kSnmp);
  expect(both && both->sockets == 6 && both->begun == 90 && both->open == 3,
         "both families and time-wait; both directions");
  std::optional<TcpTotals> ipv4 = tcp_totals(kSockstat, "", kSnmp);
  expect(ipv4 && ipv4->sockets == 4, "a kernel without IPv6");
  expect(!tcp_totals("", kSockstat6, kSnmp) && !tcp_totals(kSockstat, kSockstat6, ""), "a file is missing");
  expect(!tcp_totals(with(kSockstat, " tw 1", ""), kSockstat6, kSnmp), "a field is missing");
  expect(!tcp_totals(kSockstat, "UDP6: inuse 5\n", kSnmp), "a line is missing");
  expect(!tcp_totals(kSockstat, kSockstat6, with(kSnmp, "PassiveOpens", "Other")), "a column is missing");
  expect(!tcp_totals(kSockstat, kSockstat6, with(kSnmp, "40 50 6 8 3", "40 50 6 8")), "a number is missing");
  expect(!tcp_totals(with(kSockstat, "inuse 3", "inuse x"), kSockstat6, kSnmp), "no number");
}

constexpr TcpTotals kSix = {6, 90, 2};

void complete() {
  expect(of_six().is_complete(kSix), "as many as the kernel counts");
  expect(!of_six().is_complete(TcpTotals{7, 90, 2}), "one more has come");
  expect(!of_six().is_complete(TcpTotals{6, 91, 2}), "one has come, and another one gone");
  expect(!of_six().is_complete(TcpTotals{6, 90, 1}), "an open one has gone, and a listener come");
  expect(!of_six().is_complete(std::nullopt), "nothing can be read any more");
  expect(!TcpCensus(kHome, {}, std::nullopt).is_complete(std::nullopt), "nothing could be read");
  TcpCensus one_more = of_six();
  one_more.count_held(socket_in(kEstablished));
  expect(!one_more.is_complete(kSix), "one has gone, after it was counted");
  TcpCensus one_less(kHome, {}, TcpTotals{1, 90, 0});
  expect(!one_less.is_complete(TcpTotals{1, 90, 0}), "one is missing");
}

void uncounted() {
  TcpCensus census = of_six();
  census.count_held(socket_in(kEstablished, 1, kElsewhere));
  census.count_held(socket_in(kEstablished, 1, kHome, IPPROTO_UDP));
  for (uint8_t state : {kClose, kSynSent, kListen, kSynRecv}) census.count_held(socket_in(state));
  expect(census.is_complete(kSix),
         "neither other namespaces and protocols, nor what processes hold and the kernel has in no table");
  for (uint8_t state : {kClose, kSynRecv, kNewSynRecv}) census.count_dumped(socket_in(state, 0), false);
  census.count_dumped(socket_in(kListen, 0, kHome, IPPROTO_UDP), false);
  expect(census.is_complete(kSix), "nor what is only bound, nor half-open");
  census.count_dumped(with_cookie(socket_in(kTimeWait, 0), 5), false);
  census.count_dumped(with_cookie(socket_in(kListen, 0), 3), true);
  expect(census.is_complete(kSix), "nor what the kernel shows twice");
  census.count_dumped(with_cookie(socket_in(kFinWait2, 0), 7), true);
  census.count_dumped(socket_in(kEstablished, 0), false);
  expect(census.is_complete(kSix), "nor one that was counted while it was open, nor one that is to be found");
  census.count_dumped(with_cookie(socket_in(kLastAck, 0), 8), false);
  expect(!census.is_complete(kSix), "one that no process holds");
}

// Two are open, and one waits to be opened by its remote. The first one ends once it was counted, and the
// last one is opened before it is: as many sockets, as many of them open, and as many counted, but the second
// one, which no process holds, is none of them.
bool proves_three(const TcpCensus::States& known) {
  TcpCensus census(kHome, known, TcpTotals{3, 90, 2});
  for (int held = 0; held < 2; held++) census.count_held(socket_in(kEstablished));
  socket_record listener = with_cookie(socket_in(kListen, 0), 9);
  listener.inode = 7;
  census.count_dumped(listener, false);
  return census.is_complete(TcpTotals{3, 90, 2});
}

void begun() {
  expect(!proves_three({}), "one may have begun to listen meanwhile");
  expect(!proves_three({{9, kClose}}), "also if it was there, and did not listen");
  expect(proves_three({{9, kListen}}), "but not one that did before");
}

}  // namespace

int main() {
  totals();
  complete();
  uncounted();
  begun();
  return failures == 0 ? 0 : 1;
}
