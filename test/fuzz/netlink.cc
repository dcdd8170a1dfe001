// What comes from a netlink socket in a network namespace that somebody else may own: any datagram, of any
// sender.
#include "shared/netlink.h"

#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

#include "require.h"
#include "scans/diag_detail.h"

using namespace sockscope;

namespace {

constexpr uint32_t kSequence = 7;

// In front of the datagram.
struct Options {
  uint8_t is_foreign;
  uint8_t many;
  uint16_t protocol;
};

void read_socket(const NetlinkMessage& message, uint16_t protocol) {
  const auto& socket = message.as<inet_diag_msg>();
  SocketDetail detail = detail_of(socket, message.length, protocol);
  require(detail.has_tcp == 0 || protocol == IPPROTO_TCP, "numbers of TCP for TCP alone");
  const char* congestion = detail.congestion_control;
  require(strnlen(congestion, sizeof(detail.congestion_control)) < sizeof(detail.congestion_control),
          "text that ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Options options;
  if (size < sizeof(options)) return -1;
  std::memcpy(&options, data, sizeof(options));
  size_t length = size - sizeof(options);
  // Of exactly its size and aligned, as no buffer of recv() is, so that a byte read past its end is found.
  std::unique_ptr<char[]> datagram(new char[length]);
  if (length > 0) std::memcpy(datagram.get(), data + sizeof(options), length);
  uint32_t sender = options.is_foreign == 1 ? 4711 : 0;
  int messages = 0;
  try {
    read_datagram({datagram.get(), length, sender}, {kSequence, SOCK_DIAG_BY_FAMILY, options.many != 0},
                  [&](const NetlinkMessage& message) {
                    messages++;
                    read_socket(message, options.protocol);
                  });
  } catch (const SystemError& error) {
    require(error.code() == EBADMSG, "a mistake of the sender");
  }
  require(sender == 0 || messages == 0, "only the kernel is believed");
  require(options.many != 0 || messages <= 1, "one answer to one question");
  return 0;
}
