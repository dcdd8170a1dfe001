#include "scans/tcp_census.h"

#include <netinet/in.h>

#include <sstream>

#include "scans/counter_file.h"
#include "shared/tcp_states.h"

namespace sockscope {

namespace {

// Of the line "NAME: FIELD 12 FIELD 34 ...".
std::optional<uint64_t> field_of(const std::string& text, const std::string& name, const std::string& field) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, word;
    words >> first;
    if (first != name + ":") continue;
    for (uint64_t number = 0; words >> word >> number;)
      if (word == field) return number;
  }
  return std::nullopt;
}

// Of two lines: "NAME: FIELD FIELD ...", and below "NAME: 12 34 ...".
std::optional<uint64_t> column_of(const std::string& text, const std::string& name,
                                  const std::string& field) {
  std::istringstream lines(text);
  std::string heads, values;
  while (std::getline(lines, heads) && heads.rfind(name + ": ", 0) != 0) continue;
  std::getline(lines, values);
  std::istringstream head(heads), value(values);
  for (std::string one, other; head >> one && value >> other;) {
    if (one != field) continue;
    std::istringstream number(other);
    uint64_t counted = 0;
    if (number >> counted) return counted;
  }
  return std::nullopt;
}

// What goes from one counter to another meanwhile is in both: they are read from where it comes.
std::optional<TcpTotals> totals_now() {
  std::string snmp = read_counters("snmp"), sockstat6 = read_counters("sockstat6");
  std::string sockstat = read_counters("sockstat");
  std::optional<TcpTotals> totals = tcp_totals(sockstat, sockstat6, snmp);
  bool is_same = totals == tcp_totals(sockstat, sockstat6, read_counters("snmp"));
  return is_same ? totals : std::nullopt;
}

bool is_open(const socket_record& socket) {
  return socket.state == kEstablished || socket.state == kCloseWait;
}

// A half-open connection is no socket yet; one that is only bound is in no table of connections.
bool is_in_tables(const socket_record& socket) {
  return socket.state != kClose && socket.state != kSynRecv && socket.state != kNewSynRecv;
}

}  // namespace

std::optional<TcpTotals> tcp_totals(const std::string& sockstat, const std::string& sockstat6,
                                    const std::string& snmp) {
  std::optional<uint64_t> ipv4 = field_of(sockstat, "TCP", "inuse");
  std::optional<uint64_t> time_wait = field_of(sockstat, "TCP", "tw");
  // A kernel without IPv6 has no such file.
  std::optional<uint64_t> ipv6 = sockstat6.empty() ? 0 : field_of(sockstat6, "TCP6", "inuse");
  std::optional<uint64_t> made = column_of(snmp, "Tcp", "ActiveOpens");
  std::optional<uint64_t> taken = column_of(snmp, "Tcp", "PassiveOpens");
  std::optional<uint64_t> open = column_of(snmp, "Tcp", "CurrEstab");
  if (!ipv4 || !time_wait || !ipv6 || !made || !taken || !open) return std::nullopt;
  return TcpTotals{*ipv4 + *ipv6 + *time_wait, *made + *taken, *open};
}

TcpCensus::TcpCensus(uint32_t netns, States known) : TcpCensus(netns, std::move(known), totals_now()) {}

void TcpCensus::count_held(const socket_record& socket) {
  if (socket.netns != netns_ || socket.protocol != IPPROTO_TCP) return;
  if (is_open(socket))
    counted_++;
  else if (is_in_tables(socket))
    not_open_.insert(socket.cookie);
}

// One that was held and open has been counted, whatever it has become.
void TcpCensus::count_dumped(const socket_record& socket, bool is_held) {
  if (socket.protocol != IPPROTO_TCP || is_open(socket) || !is_in_tables(socket)) return;
  if (is_held && not_open_.count(socket.cookie) == 0) return;
  has_new_ |= !is_held && is_new(socket);
  counted_ += dumped_.insert(socket.cookie).second;
}

// Whether it may be: one without a file has been a connection.
bool TcpCensus::is_new(const socket_record& socket) const {
  auto known = known_.find(socket.cookie);
  return socket.inode != 0 && (known == known_.end() || known->second != socket.state);
}

bool TcpCensus::is_complete() const { return is_complete(totals_now()); }

bool TcpCensus::is_complete(std::optional<TcpTotals> after) const {
  return !has_new_ && after && before_ == after && after->sockets == counted_;
}

}  // namespace sockscope
