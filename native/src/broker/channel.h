// Messages over the broker's control socket.
#pragma once

#include <vector>

#include "shared/broker_protocol.h"
#include "shared/unique_fd.h"

namespace sockscope {

struct Message {
  MessageHeader header;
  std::vector<char> payload;
};

class Channel {
 public:
  // `max_payload_bytes`: limit of a received message. `endings`: descriptors that stay readable from when the
  // broker has to end; then nothing more is waited for. That the socket is closed is not enough: somebody
  // else may hold the agent's end, which it can hand on.
  Channel(UniqueFd socket, size_t max_payload_bytes, std::vector<int> endings);

  int fd() const { return socket_.get(); }
  // Returns false when the other side has closed, has sent an invalid message, or the broker has to end.
  bool receive(Message& message);
  // Whether the other side has read so much that sending kRoom bytes does not wait for it.
  bool has_room() const;
  static constexpr size_t kRoom = 32 * 1024;
  // Throws SystemError when the other side has closed, or the broker has to end before it reads.
  void send(MessageType type, uint32_t id, int error, const void* payload, size_t length);

 private:
  bool read_all(void* data, size_t length);
  void write_all(const void* data, size_t length);
  bool has_to_end() const;

  UniqueFd socket_;
  size_t max_payload_bytes_;
  std::vector<int> endings_;
};

}  // namespace sockscope
