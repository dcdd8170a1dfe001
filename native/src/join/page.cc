#include "join/page.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "join/column.h"
#include "join/owners.h"

namespace sockscope {

namespace {

// Flags of a row, and kinds of its peer, as in packed-sockets.ts.
enum RowFlag : uint32_t { kIsIpv6 = 1, kIsLifeline = 2, kIsKernels = 4, kIsMptcpPath = 8 };
enum PeerKind : uint32_t { kNoPeer = 0, kMirroredPeer = 1, kOtherPeer = 2, kListedPeer = 3 };

// About so many bytes of JSON are the numbers of a row, of an owner, and what surrounds an address.
constexpr uint32_t kRowSize = 100;
constexpr uint32_t kOwnerSize = 16;
constexpr uint32_t kAddressSize = 20;
// At most so many are those of a process without its command line.
constexpr uint32_t kProcessSize = 128;

bool is_mirrored(const socket_record& record, const socket_record& peer) {
  return record.netns == peer.netns && record.protocol == peer.protocol && record.family == peer.family &&
         record.local_port == peer.remote_port && record.remote_port == peer.local_port &&
         record.remote_port != 0 && record.local_port != 0 &&
         std::memcmp(record.local_address, peer.remote_address, sizeof(record.local_address)) == 0 &&
         std::memcmp(record.remote_address, peer.local_address, sizeof(record.local_address)) == 0;
}

class PageWriter {
 public:
  // `rows`: at most.
  PageWriter(const Join& join, size_t rows) : join_(join), row_of_(rows) {}

  uint64_t bytes() const { return bytes_; }

  void add(const listed_socket& listed) {
    const joined_socket& socket = join_.joined().at(listed.socket);
    const socket_record& record = join_.sockets().record(listed.socket);
    bytes_ += kRowSize;
    netns_.add(record.netns);
    cookie_.add(record.cookie);
    protocol_.add(record.protocol);
    state_.add(record.state);
    flags_.add(flags_of(record, socket));
    add_end(record, local_address_, local_port_, record.local_address, record.local_port);
    add_end(record, remote_address_, remote_port_, record.remote_address, record.remote_port);
    uid_.add(record.uid);
    inode_.add(record.inode);
    container_.add(number_of_container(socket.container));
    owners_left_out_.add(record.owners_left_out);
    owners_.add(add_owners(owners_of(join_, socket)));
    queued_for_.add(add_owners(queue_owners_of(join_, socket)));
    uint32_t peer = peer_of(join_, listed);
    auto row = static_cast<uint32_t>(rows_.size());
    row_of_.find_or_add(hash_of_key(listed.socket), row,
                        [&](uint32_t one) { return rows_[one].socket == listed.socket; });
    rows_.push_back({listed.socket, peer});
    if (peer != kNone) make_room(peer);
  }

  Page finish(uint32_t end) {
    for (const listed_socket& row : rows_) add_peer(row);
    std::string& text = page_.columns;
    netns_.write("netns", text);
    cookie_.write("cookie", text);
    protocol_.write("protocol", text);
    state_.write("state", text);
    flags_.write("flags", text);
    local_address_.write("localAddress", text);
    local_port_.write("localPort", text);
    remote_address_.write("remoteAddress", text);
    remote_port_.write("remotePort", text);
    uid_.write("uid", text);
    inode_.write("inode", text);
    container_.write("container", text);
    owners_left_out_.write("ownersLeftOut", text);
    owners_.write("owners", text);
    queued_for_.write("queuedFor", text);
    peer_.write("peer", text);
    peer_row_.write("peerRow", text);
    peer_cookie_.write("peerCookie", text);
    peer_owners_.write("peerOwners", text);
    peer_netns_.write("peerNetns", text);
    peer_protocol_.write("peerProtocol", text);
    peer_local_address_.write("peerLocalAddress", text);
    peer_local_port_.write("peerLocalPort", text);
    peer_remote_address_.write("peerRemoteAddress", text);
    peer_remote_port_.write("peerRemotePort", text);
    process_.write("process", text);
    fd_.write("fd", text);
    text += text.empty() ? "{}" : "}";
    page_.end = end;
    return std::move(page_);
  }

 private:
  static uint32_t flags_of(const socket_record& record, const joined_socket& socket) {
    uint32_t flags = 0;
    if (record.family == AF_INET6) flags |= kIsIpv6;
    if (socket.flags & kLifeline) flags |= kIsLifeline;
    if (socket.flags & kKernels) flags |= kIsKernels;
    if (record.flags & SOCKSCOPE_MPTCP) flags |= kIsMptcpPath;
    return flags;
  }

  // As if the page had no row of it: only in the end is that known.
  void make_room(uint32_t peer) {
    Owners owners = owners_of_peer(join_, join_.joined().at(peer));
    uint32_t command = command_length(owners.count);
    for (size_t at = 0; at < owners.count; at++)
      number_of_process({join_.programs().of_rows()[owners.rows[at]], command});
    bytes_ += kRowSize + kOwnerSize * owners.count;
  }

  uint32_t row_of(uint32_t socket) const {
    return row_of_.find(hash_of_key(socket), [&](uint32_t one) { return rows_[one].socket == socket; });
  }

  size_t add_owners(Owners owners) {
    uint32_t command = command_length(owners.count);
    for (size_t at = 0; at < owners.count; at++) {
      uint32_t row = owners.rows[at];
      process_.add(number_of_process({join_.programs().of_rows()[row], command}));
      fd_.add(static_cast<uint32_t>(join_.sockets().rows()[row].fd));
    }
    bytes_ += kOwnerSize * owners.count;
    return owners.count;
  }

  void add_peer(const listed_socket& row) {
    if (row.peer == kNone) return peer_.add(kNoPeer);
    const socket_record& its = join_.sockets().record(row.peer);
    bool mirrored = is_mirrored(join_.sockets().record(row.socket), its);
    uint32_t listed = mirrored ? row_of(row.peer) : kNone;
    if (listed != kNone) {
      peer_.add(kListedPeer);
      return peer_row_.add(listed);
    }
    peer_.add(mirrored ? kMirroredPeer : kOtherPeer);
    peer_cookie_.add(its.cookie);
    if (!mirrored) {
      peer_netns_.add(its.netns);
      peer_protocol_.add(its.protocol);
      add_end(its, peer_local_address_, peer_local_port_, its.local_address, its.local_port);
      add_end(its, peer_remote_address_, peer_remote_port_, its.remote_address, its.remote_port);
    }
    peer_owners_.add(add_owners(owners_of_peer(join_, join_.joined().at(row.peer))));
  }

  void add_end(const socket_record& record, Column& addresses, Column& ports, const uint8_t (&bytes)[16],
               uint16_t port) {
    addresses.add(number_of_address(record.family, bytes));
    ports.add(port);
  }

  uint32_t number_of_process(page_process process) {
    uint32_t next = static_cast<uint32_t>(page_.processes.size());
    uint32_t number = processes_.find_or_add(hash_of_key(process), next, [&](uint32_t one) {
      return page_.processes[one].program == process.program &&
             page_.processes[one].command == process.command;
    });
    if (number == next) {
      page_.processes.push_back(process);
      uint64_t size = join_.process_size(process.program);
      bytes_ += std::min<uint64_t>(size, uint64_t{process.command} + kProcessSize);
    }
    return number;
  }

  uint32_t number_of_address(uint16_t family, const uint8_t (&bytes)[16]) {
    page_address address = {{}, family, 0};
    std::memcpy(address.bytes, bytes, family == AF_INET ? 4 : sizeof(bytes));
    uint32_t next = static_cast<uint32_t>(page_.addresses.size());
    auto is = [&](uint32_t one) {
      return std::memcmp(&page_.addresses[one], &address, sizeof(address)) == 0;
    };
    // Most have that of the end before.
    if (last_address_ < next && is(last_address_)) return last_address_;
    last_address_ = addresses_.find_or_add(hash_of_key(address), next, is);
    if (last_address_ == next) {
      page_.addresses.push_back(address);
      bytes_ += kAddressSize;
    }
    return last_address_;
  }

  // From 1 on; 0: it is in none.
  uint32_t number_of_container(uint32_t container) {
    if (container == kNone) return 0;
    auto [found, is_new] = containers_.emplace(container, page_.containers.size() + 1);
    if (is_new) page_.containers.push_back(container);
    return found->second;
  }

  const Join& join_;
  Page page_;
  uint64_t bytes_ = 0;
  std::unordered_map<uint32_t, uint32_t> containers_;
  std::vector<listed_socket> rows_;
  HashIndex processes_, addresses_, row_of_;
  uint32_t last_address_ = 0;
  // Of each row.
  Column netns_, cookie_, protocol_, state_, flags_, local_address_, local_port_, remote_address_,
      remote_port_, uid_, inode_, container_, owners_left_out_;
  // Numbers of the owners of each row.
  Column owners_, queued_for_;
  Column peer_;
  // Of each peer that has a row.
  Column peer_row_;
  // Of each other peer.
  Column peer_cookie_, peer_owners_;
  // Of each peer that does not mirror its row.
  Column peer_netns_, peer_protocol_, peer_local_address_, peer_local_port_, peer_remote_address_,
      peer_remote_port_;
  // Of each owner: row by row its own and those it waits for; then peer by peer.
  Column process_, fd_;
};

}  // namespace

Page write_page(const Join& join, Listed listed, uint32_t start, const PageLimits& limits) {
  size_t last = std::min<size_t>(listed.count, size_t{start} + limits.rows);
  PageWriter writer(join, last - std::min<size_t>(start, last));
  size_t end = start;
  for (; end < last && writer.bytes() < limits.bytes; end++) writer.add(listed.data[end]);
  return writer.finish(static_cast<uint32_t>(end));
}

}  // namespace sockscope
