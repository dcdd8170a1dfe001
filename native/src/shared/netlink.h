// A request to the kernel over netlink, and its answer. Only the kernel is believed, in sequence, and only
// whole messages: root of a user-made network namespace may send to every netlink socket in it, ours
// included.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "shared/error.h"
#include "shared/unique_fd.h"

namespace sockscope {

// The body of a message, and its length in bytes with the attributes behind it.
struct NetlinkMessage {
  const void* body;
  size_t length;

  // The body as a fixed struct. Throws EBADMSG where the message is shorter.
  template <typename Body>
  const Body& as() const {
    if (length < sizeof(Body)) throw SystemError("read a netlink message", EBADMSG);
    return *static_cast<const Body*>(body);
  }
};

using NetlinkHandler = std::function<void(const NetlinkMessage&)>;

// The result of one recv().
struct NetlinkDatagram {
  const char* data;  // aligned as a nlmsghdr
  size_t length;
  uint32_t sender;  // port id; the kernel's is 0
};

// The expected answer.
struct ExpectedAnswer {
  uint32_t sequence;
  uint16_t type;  // of its messages
  bool many;      // a dump, which ends with NLMSG_DONE
};

// Calls back for each message of the answer in a datagram. Returns 0 or the positive errno that ended the
// answer; none: more is to come. Skips messages of other senders, and answers to other requests. Throws
// EBADMSG where a message is cut short or of another type, or ends the answer with no errno.
std::optional<int> read_datagram(const NetlinkDatagram& datagram, const ExpectedAnswer& expected,
                                 const NetlinkHandler& each);

// One request at a time, in the network namespace that the socket was made in.
class NetlinkSocket {
 public:
  // `protocol`: NETLINK_SOCK_DIAG and the like.
  explicit NetlinkSocket(int protocol);

  // Numbers the request, whose length, type and flags are filled in, and sends it.
  void send(nlmsghdr& request);

  // The answer to the last request: calls back for each message; returns 0 or the errno that ended it.
  int receive(uint16_t type, bool many, const NetlinkHandler& each);

  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
  std::vector<char> buffer_;
  uint32_t sequence_ = 0;
};

}  // namespace sockscope
