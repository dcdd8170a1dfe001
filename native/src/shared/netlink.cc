#include "shared/netlink.h"

#include <sys/socket.h>

namespace sockscope {

namespace {

// The kernel's dumps use at most 32 KiB a datagram (net/netlink/af_netlink.c: netlink_dump).
constexpr size_t kReceiveBufferBytes = 64 * 1024;

constexpr int kMaxErrno = 4095;  // include/linux/err.h

// What ends an answer: 0 or a negative errno.
int errno_in(int result) {
  if (result > 0 || result < -kMaxErrno) throw SystemError("read a netlink message", EBADMSG);
  return -result;
}

}  // namespace

std::optional<int> read_datagram(const NetlinkDatagram& datagram, const ExpectedAnswer& expected,
                                 const NetlinkHandler& each) {
  if (datagram.sender != 0) return std::nullopt;
  size_t left = datagram.length;
  for (const char* at = datagram.data; left > 0;) {
    auto* header = reinterpret_cast<const nlmsghdr*>(at);
    if (left < sizeof(*header) || header->nlmsg_len < sizeof(*header) || header->nlmsg_len > left)
      throw SystemError("read a netlink message", EBADMSG);
    NetlinkMessage message = {at + NLMSG_HDRLEN, header->nlmsg_len - NLMSG_HDRLEN};
    if (header->nlmsg_seq == expected.sequence) {
      if (header->nlmsg_type == NLMSG_DONE) return errno_in(message.as<int>());
      if (header->nlmsg_type == NLMSG_ERROR) return errno_in(message.as<nlmsgerr>().error);
      if (header->nlmsg_type != expected.type) throw SystemError("read a netlink message", EBADMSG);
      each(message);
      if (!expected.many) return 0;
    }
    size_t aligned = NLMSG_ALIGN(header->nlmsg_len);
    if (aligned >= left) break;
    at += aligned;
    left -= aligned;
  }
  return std::nullopt;
}

// Connected to the kernel, which then refuses messages of other sockets before they are queued
// (net/netlink/af_netlink.c: netlink_getsockbyportid), so no sender can keep us reading either.
NetlinkSocket::NetlinkSocket(int protocol)
    : socket_(check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "socket(AF_NETLINK)")) {
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  check(connect(socket_.get(), reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel)),
        "connect to the kernel");
}

void NetlinkSocket::send(nlmsghdr& request) {
  request.nlmsg_seq = ++sequence_;
  check(::send(socket_.get(), &request, request.nlmsg_len, 0), "send to the kernel");
}

int NetlinkSocket::receive(uint16_t type, bool many, const NetlinkHandler& each) {
  buffer_.resize(kReceiveBufferBytes);  // only now: a list may have a thousand that wait for their turn
  for (;;) {
    sockaddr_nl sender = {};
    socklen_t size = sizeof(sender);
    // MSG_TRUNC: the length that the datagram has, also where that is more than the buffer holds.
    ssize_t length = recvfrom(socket_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC,
                              reinterpret_cast<sockaddr*>(&sender), &size);
    if (length < 0 && errno == EINTR) continue;
    check(length, "receive from the kernel");
    if (static_cast<size_t>(length) > buffer_.size()) throw SystemError("receive from the kernel", EMSGSIZE);
    NetlinkDatagram datagram = {buffer_.data(), static_cast<size_t>(length), sender.nl_pid};
    if (auto ended = read_datagram(datagram, {sequence_, type, many}, each)) return *ended;
  }
}

}  // namespace sockscope
