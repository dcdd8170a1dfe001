#include "broker/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "shared/error.h"

namespace sockscope {

namespace {

// Within a message: how often it is looked whether the broker has to end. Not by poll(), which calls the
// socket writable only when the agent has read nearly all.
constexpr timeval kLookEvery = {0, 100'000};

}  // namespace

Channel::Channel(UniqueFd socket, size_t max_payload_bytes, std::vector<int> endings)
    : socket_(std::move(socket)), max_payload_bytes_(max_payload_bytes), endings_(std::move(endings)) {
  for (int timeout : {SO_RCVTIMEO, SO_SNDTIMEO})
    check(setsockopt(socket_.get(), SOL_SOCKET, timeout, &kLookEvery, sizeof(kLookEvery)), "setsockopt");
}

bool Channel::receive(Message& message) {
  if (!read_all(&message.header, sizeof(message.header))) return false;
  if (message.header.length > max_payload_bytes_) return false;
  message.payload.resize(message.header.length);
  return read_all(message.payload.data(), message.payload.size());
}

// A Unix socket is writable while at least three quarters of its buffer, of 200 KB and more, are free.
bool Channel::has_room() const {
  pollfd writable = {socket_.get(), POLLOUT, 0};
  return poll(&writable, 1, 0) > 0;
}

void Channel::send(MessageType type, uint32_t id, int error, const void* payload, size_t length) {
  MessageHeader header = {static_cast<uint32_t>(type), id, static_cast<uint32_t>(length), error, 0, 0, 0};
  write_all(&header, sizeof(header));
  write_all(payload, length);
}

bool Channel::read_all(void* data, size_t length) {
  char* at = static_cast<char*>(data);
  while (length > 0) {
    ssize_t got = recv(socket_.get(), at, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN && !has_to_end()) continue;
    if (got <= 0) return false;
    at += got;
    length -= got;
  }
  return true;
}

void Channel::write_all(const void* data, size_t length) {
  const char* at = static_cast<const char*>(data);
  while (length > 0) {
    ssize_t put = ::send(socket_.get(), at, length, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN && !has_to_end()) continue;
    at += check(put, "send to the agent");
    length -= put;
  }
}

bool Channel::has_to_end() const {
  std::vector<pollfd> endings;
  for (int fd : endings_) endings.push_back({fd, POLLIN, 0});
  return poll(endings.data(), endings.size(), 0) > 0;
}

}  // namespace sockscope
