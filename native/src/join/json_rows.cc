#include "join/json_rows.h"

#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <unordered_map>

#include "join/owners.h"

namespace sockscope {

namespace {

// What the program of one owner, or the words of one row, depend on.
uint64_t key_of(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }

template <typename Text>
using Texts = std::unordered_map<uint64_t, Text, NumberHash>;

// A text that is asked for if it is not known.
template <typename Text, typename Ask>
const Text& known(Texts<Text>& texts, uint64_t key, Ask ask) {
  auto found = texts.find(key);
  return found != texts.end() ? found->second : texts.emplace(key, ask()).first->second;
}

constexpr size_t kMaxDigits = 20;

// Bytes that a row seldom has more of.
constexpr size_t kUsualRow = 1024;

// As the keys of Socket in agent/inventory/describe-socket.ts, whose order this has.
class RowWriter {
 public:
  // `room`: bytes that are written, or more.
  RowWriter(const Join& join, RowTexts& texts, size_t room) : join_(join), texts_(texts), text_(room, '\0') {}

  size_t bytes() const { return written_; }

  std::string finish() {
    text_.resize(written_);
    return std::move(text_);
  }

  void add(const listed_socket& listed) {
    const joined_socket& socket = join_.joined().at(listed.socket);
    const socket_record& record = join_.sockets().record(listed.socket);
    const KindTexts& kind = kind_of(record);
    if (written_ > 0) put(",");
    add_target(record, kind);
    put(record.family == AF_INET6 ? R"(,"family":"ipv6","state":)" : R"(,"family":"ipv4","state":)");
    put(kind.state).put(R"(,"uid":)").put(record.uid).put(R"(,"inode":")").put(record.inode);
    put(R"(","owners":)").add_owners(owners_of(join_, socket));
    put(R"(,"ownersLeftOut":)").put(record.owners_left_out);
    put(R"(,"queuedFor":)").add_owners(queue_owners_of(join_, socket));
    put(R"(,"peer":)").add_peer(peer_of(join_, listed));
    put(R"(,"container":)").put(container_of(socket));
    put(R"(,"lifeline":)").put(socket.flags & kLifeline ? "true" : "false");
    put(R"(,"kernel":)").put(socket.flags & kKernels ? "true" : "false");
    put(R"(,"unsupportedReason":)").put(kind.unsupported_reason).put("}");
  }

 private:
  // In place: a row has dozens of short parts, and to append each costs more than to copy it.
  RowWriter& put(std::string_view text) {
    std::memcpy(room_for(text.size()), text.data(), text.size());
    written_ += text.size();
    return *this;
  }

  RowWriter& put(uint64_t number) {
    char* at = room_for(kMaxDigits);
    written_ += std::to_chars(at, at + kMaxDigits, number).ptr - at;
    return *this;
  }

  char* room_for(size_t bytes) {
    if (text_.size() - written_ < bytes) text_.resize(2 * text_.size() + bytes);
    return text_.data() + written_;
  }

  // Without the brace behind it.
  void add_target(const socket_record& record, const KindTexts& kind) {
    put(R"({"netns":)").put(record.netns).put(R"(,"cookie":")").put(record.cookie);
    put(R"(","protocol":)").put(kind.protocol);
    put(R"(,"local":)").add_end(record.family, record.local_address, record.local_port);
    put(R"(,"remote":)");
    if (record.remote_port == 0)
      put("null");
    else
      add_end(record.family, record.remote_address, record.remote_port);
  }

  void add_end(uint16_t family, const uint8_t (&address)[16], uint16_t port) {
    put(R"({"address":)").put(address_of(family, address)).put(R"(,"port":)").put(port).put("}");
  }

  void add_owners(Owners owners) {
    uint32_t command = command_length(owners.count);
    put("[");
    for (size_t at = 0; at < owners.count; at++) {
      const socket_record& owner = join_.sockets().rows()[owners.rows[at]];
      put(at > 0 ? R"(,{"pid":)" : R"({"pid":)").put(owner.pid);
      put(R"(,"startTime":")").put(owner.start_time);
      put(R"(","fd":)").put(static_cast<uint32_t>(owner.fd)).put(",");
      put(program_of(owners.rows[at], command)).put("}");
    }
    put("]");
  }

  void add_peer(uint32_t peer) {
    if (peer == kNone) {
      put("null");
      return;
    }
    const joined_socket& socket = join_.joined().at(peer);
    const socket_record& record = join_.sockets().record(peer);
    add_target(record, kind_of(record));
    put(R"(,"owners":)").add_owners(owners_of_peer(join_, socket));
    put("}");
  }

  const KindTexts& kind_of(const socket_record& record) {
    row_kind kind = {record.protocol, record.state, record.local_port != 0,
                     (record.flags & SOCKSCOPE_MPTCP) != 0};
    uint32_t flags = kind.has_port * 2u + kind.is_mptcp_path;
    return known(kinds_, key_of(kind.protocol, kind.state * 4u + flags), [&] { return texts_.kind(kind); });
  }

  const std::string& program_of(uint32_t row, uint32_t command) {
    uint32_t program = join_.programs().of_rows()[row];
    return known(programs_, key_of(program, command), [&] { return texts_.program(program, command); });
  }

  std::string_view container_of(const joined_socket& socket) {
    if (socket.container == kNone) return "null";
    return known(containers_, socket.container, [&] { return texts_.container(socket.container); });
  }

  const std::string& address_of(uint16_t family, const uint8_t (&bytes)[16]) {
    // IPv4 has four of them.
    std::string key(reinterpret_cast<const char*>(bytes), family == AF_INET ? 4 : sizeof(bytes));
    auto found = addresses_.find(key);
    if (found == addresses_.end()) found = addresses_.emplace(key, texts_.address(family, bytes)).first;
    return found->second;
  }

  const Join& join_;
  RowTexts& texts_;
  std::string text_;  // longer than what is written
  size_t written_ = 0;
  Texts<KindTexts> kinds_;
  Texts<std::string> programs_, containers_;
  std::unordered_map<std::string, std::string, TextHash> addresses_;
};

}  // namespace

JsonRows write_json_rows(const Join& join, Listed listed, size_t start, size_t bytes, RowTexts& texts) {
  size_t rows = start < listed.count ? listed.count - start : 0;
  RowWriter writer(join, texts, std::min(bytes + bytes / 8, rows * kUsualRow));
  size_t end = start;
  for (; end < listed.count && writer.bytes() < bytes; end++) writer.add(listed.data[end]);
  return {end, writer.finish()};
}

}  // namespace sockscope
