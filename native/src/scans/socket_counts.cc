#include "scans/socket_counts.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <sstream>
#include <string_view>

#include "scans/counter_file.h"
#include "shared/kernel_version.h"
#include "shared/newer_names.h"

namespace sockscope {

namespace {

// Whether the line "NAME: inuse 0 tw 0 ..." has this field, and it is 0.
bool is_zero(std::string_view text, const std::string& name, const std::string& field) {
  size_t begin = text.find("\n" + name + ": ");
  if (begin == std::string_view::npos) return false;
  std::string_view line = text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
  std::string wanted = " " + field + " 0";
  size_t at = line.find(wanted);
  if (at == std::string_view::npos) return false;
  size_t end = at + wanted.size();
  return end == line.size() || line[end] == ' ';
}

// Whether the line "NAME SIZE SOCKETS ..." has no sockets.
bool has_none(std::string_view text, const std::string& name) {
  size_t begin = text.find("\n" + name + " ");
  if (begin == std::string_view::npos) return false;
  std::istringstream line(std::string(text.substr(begin, text.find('\n', begin + 1) - begin)));
  std::string first, size, sockets;
  line >> first >> size >> sockets;
  return sockets == "0";
}

// Linux 6.18 counts what a dump of MPTCP lists; older kernels were not tried.
const bool kCountsMptcp = is_kernel_at_least(6, 18);

// Null: not counted.
const char* name_of(uint16_t protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
      return "TCP";
    case IPPROTO_UDP:
      return "UDP";
    case IPPROTO_UDPLITE:
      return "UDPLITE";
    case IPPROTO_RAW:
      return "RAW";
  }
  return nullptr;
}

}  // namespace

SocketCounts SocketCounts::read() {
  std::string sockstat = read_counters("sockstat");
  std::string sockstat6 = read_counters("sockstat6");
  return {sockstat, sockstat6, kCountsMptcp ? read_counters("protocols") : ""};
}

// `inuse` has what connects, listens or is connected, until it is closed; the kernel's own sockets, too. Not
// those that are only bound, MPTCP without a TCP socket yet, or syn-recv whose listener was closed, which
// holds on to that: these are among all sockets of the namespace (`used`: of any family, the kernel's own
// not). `tw` is time-wait, which has no socket any more. `used` is printed before the others: a socket that
// goes to time-wait meanwhile is in one of them.
bool SocketCounts::may_have_tcp() const {
  return !is_zero(sockstat_, "sockets", "used") || !is_zero(sockstat_, "TCP", "tw") ||
         may_have(AF_INET, IPPROTO_TCP) || may_have(AF_INET6, IPPROTO_TCP);
}

// Of both families, whichever a socket is counted in: either has a name of its own.
bool SocketCounts::may_have_mptcp() const {
  return !has_none(protocols_, "MPTCP") || !has_none(protocols_, "MPTCPv6");
}

// Of these protocols a dump shows what `inuse` counts: sockets with a port, or RAW.
bool SocketCounts::may_have(uint16_t family, uint16_t protocol) const {
  if (protocol == IPPROTO_MPTCP) return may_have_tcp() && may_have_mptcp();
  const char* name = name_of(protocol);
  if (!name) return true;
  return family == AF_INET6 ? !is_zero(sockstat6_, std::string(name) + "6", "inuse")
                            : !is_zero(sockstat_, name, "inuse");
}

}  // namespace sockscope
