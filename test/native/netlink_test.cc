// Forged, short and foreign netlink messages. Built with AddressSanitizer, each datagram in a block of
// exactly its size, so that a byte read past its end ends the program.
#include "shared/netlink.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <memory>
#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

constexpr uint32_t kSequence = 7;
constexpr ExpectedAnswer kDump = {kSequence, SOCK_DIAG_BY_FAMILY, true};
constexpr ExpectedAnswer kSingle = {kSequence, SOCK_DIAG_BY_FAMILY, false};

struct Header {
  uint32_t sequence = kSequence;
  uint16_t type = SOCK_DIAG_BY_FAMILY;
  int longer = 0;  // than the message is
};

std::string message(const std::string& body, Header given = {}) {
  nlmsghdr header = {};
  header.nlmsg_len = static_cast<uint32_t>(NLMSG_HDRLEN + body.size() + given.longer);
  header.nlmsg_type = given.type;
  header.nlmsg_seq = given.sequence;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  return bytes + body;
}

std::string bytes(size_t count) { return std::string(count, '\0'); }

const std::string kSocket = bytes(sizeof(inet_diag_msg));

std::string number(int value) { return std::string(reinterpret_cast<const char*>(&value), sizeof(value)); }

struct Outcome {
  std::optional<int> ended;
  int messages = 0;
  int thrown = 0;  // errno
};

Outcome read(const std::string& datagram, const ExpectedAnswer& expected = kDump, uint32_t sender = 0) {
  auto exact = std::make_unique<char[]>(datagram.size());
  std::memcpy(exact.get(), datagram.data(), datagram.size());
  Outcome outcome;
  try {
    outcome.ended =
        read_datagram({exact.get(), datagram.size(), sender}, expected, [&](const NetlinkMessage& got) {
          inet_diag_msg copy = got.as<inet_diag_msg>();
          outcome.messages += copy.idiag_family == 0;
        });
  } catch (const SystemError& error) {
    outcome.thrown = error.code();
  }
  return outcome;
}

void expect_refused(const std::string& datagram, const std::string& what) {
  Outcome outcome = read(datagram);
  expect(outcome.thrown == EBADMSG && outcome.messages == 0, what);
}

void expect_skipped(const Outcome& outcome, const std::string& what) {
  expect(!outcome.ended && outcome.messages == 0 && outcome.thrown == 0, what);
}

void whole_messages() {
  std::string done = message(number(0), {kSequence, NLMSG_DONE});
  Outcome dump = read(message(kSocket) + message(kSocket) + done);
  expect(dump.messages == 2 && dump.ended == 0, "a dump of two sockets");
  expect(!read(message(kSocket)).ended, "a dump goes on until it says that it is over");
  Outcome single = read(message(kSocket) + message(kSocket), kSingle);
  expect(single.messages == 1 && single.ended == 0, "a single answer ends with its message");
  std::string error = message(number(-ENOENT) + bytes(sizeof(nlmsghdr)), {kSequence, NLMSG_ERROR});
  expect(read(error).ended == ENOENT, "an error ends the answer");
  expect(read(message(number(-EPERM), {kSequence, NLMSG_DONE})).ended == EPERM, "a dump that failed");
}

void foreign_messages() {
  std::string error = message(number(-ENOENT) + bytes(sizeof(nlmsghdr)), {kSequence, NLMSG_ERROR});
  for (const std::string& forged : {message(kSocket), error, message(number(0), {kSequence, NLMSG_DONE})}) {
    expect_skipped(read(forged, kDump, 4711), "a message of another socket");
  }
  expect_skipped(read(message(kSocket, {kSequence - 1})), "an answer to an earlier request");
  expect_skipped(read(message(number(0), {kSequence - 1, NLMSG_DONE})), "the end of an earlier answer");
  Outcome mixed = read(message(kSocket, {kSequence + 1}) + message(kSocket));
  expect(mixed.messages == 1 && !mixed.ended, "what follows a message that is not ours");
  expect_refused(message(kSocket, {kSequence, SOCK_DESTROY}), "a message of another type");
}

void short_messages() {
  expect_refused(message(""), "a header alone");
  expect_refused(message(bytes(sizeof(inet_diag_msg) - 1)), "a socket that is one byte short");
  expect_refused(message("", {kSequence, NLMSG_DONE}), "an end without its result");
  expect_refused(message(number(0), {kSequence, NLMSG_ERROR}), "an error without what it answers");
  expect_refused(message("", {kSequence, NLMSG_ERROR}), "an error without a number");
  expect_refused(message(kSocket, {kSequence, SOCK_DIAG_BY_FAMILY, 1}), "a length past the datagram");
  expect_refused(message(kSocket, {kSequence, SOCK_DIAG_BY_FAMILY, 1 << 20}), "a length far past it");
  expect_refused(message("", {kSequence, SOCK_DIAG_BY_FAMILY, -1}), "a length below that of a header");
  expect_refused(message("", {kSequence, SOCK_DIAG_BY_FAMILY, -NLMSG_HDRLEN}), "a length of 0");
  for (size_t length = 1; length < sizeof(nlmsghdr); length++) {
    expect_refused(message(kSocket).substr(0, length), "a header of " + std::to_string(length) + " bytes");
  }
  for (int result : {1, -4096, INT_MIN})
    expect_refused(message(number(result), {kSequence, NLMSG_DONE}), "an end with " + std::to_string(result));
  Outcome rest = read(message(kSocket) + bytes(3));
  expect(rest.messages == 1 && rest.thrown == EBADMSG, "three bytes behind a message");
  expect_skipped(read(""), "an empty datagram");
}

// Of the kernel, through a socket of ours; what another socket sends to it does not even arrive.
void real_sockets() {
  NetlinkSocket ours(NETLINK_SOCK_DIAG);
  sockaddr_nl address = {};
  socklen_t size = sizeof(address);
  check(getsockname(ours.fd(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  UniqueFd other(check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), "socket"));
  std::string forged = message(kSocket);
  bool sent =
      sendto(other.get(), forged.data(), forged.size(), 0, reinterpret_cast<sockaddr*>(&address), size) >= 0;
  // Without CAP_NET_ADMIN the kernel lets nobody send to another socket at all.
  expect(!sent && (errno == ECONNREFUSED || (geteuid() != 0 && errno == EPERM)),
         "a forged message is not queued");

  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } request = {};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0u;
  for (int round = 1; round <= 2; round++) {
    ours.send(request.header);
    int error =
        ours.receive(SOCK_DIAG_BY_FAMILY, true, [](const NetlinkMessage& got) { got.as<inet_diag_msg>(); });
    expect(error == 0, "the kernel's dump number " + std::to_string(round));
  }
}

}  // namespace

int main() {
  whole_messages();
  foreign_messages();
  short_messages();
  real_sockets();
  return failures == 0 ? 0 : 1;
}
