// One listing, joined: sockets with their owners, peers, accept queues, containers and lifeline.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "join/accept_queues.h"
#include "join/peers.h"
#include "join/sockets.h"

namespace sockscope {

// What the agent knows of the listing besides its rows.
struct Surroundings {
  std::vector<bool> carries_session;  // by program
  std::vector<uint32_t> containers;   // by program: the number of its container, or kNone
  std::vector<uint32_t> sizes;        // by program: bytes of its process in JSON
  std::vector<uint32_t> kernels;      // sockets that the kernel itself holds
  uint32_t own_netns = 0;             // the agent's, which is in no container
  bool sees_every_owner = false;
};

enum JoinedFlag : uint32_t { kLifeline = 1, kKernels = 2 };  // kKernels: the kernel itself holds it

// A socket among all others. Crosses to JavaScript.
struct joined_socket {
  uint32_t row;  // the first of its rows, which describes it
  uint32_t owners_begin;
  uint32_t owners_count;
  uint32_t peer;       // socket, or kNone
  uint32_t queue;      // in which it waits, or kNone
  uint32_t whole;      // the MPTCP socket whose row stands for this path of it, or kNone
  uint32_t same_as;    // the socket of the listing before with the same rows, or kNone
  uint32_t container;  // of its owners; without one, that of its namespace; or kNone
  uint32_t flags;      // enum JoinedFlag
};

class Join {
 public:
  // `before`: the previous listing of the same kind; null: there is none. Only read here. `compares`: finds
  // same_as, which costs as much as finding the peers.
  Join(Rows rows, const Join* before, bool compares);

  // Sets containers and flags. Throws std::out_of_range where the numbers are not of this listing.
  void describe(const Surroundings& surroundings);

  const Sockets& sockets() const { return sockets_; }
  const Programs& programs() const { return programs_; }
  const std::vector<AcceptQueue>& queues() const { return queues_.queues; }
  const std::vector<joined_socket>& joined() const { return joined_; }
  // Sockets in a file of which no process is visible that holds it.
  std::vector<uint32_t> hidden() const;
  // The first container of each network namespace but the agent's own, by its inode number.
  const std::unordered_map<uint32_t, uint32_t>& containers() const { return containers_; }
  // Bytes of a program's process in JSON.
  uint32_t process_size(uint32_t program) const { return process_sizes_.at(program); }

 private:
  bool carries_session(uint32_t socket, const Surroundings& surroundings) const;
  uint32_t container_of_owners(uint32_t socket, const Surroundings& surroundings) const;
  void find_containers(const Surroundings& surroundings);
  void find_lifeline(const Surroundings& surroundings);

  Sockets sockets_;
  Programs programs_;
  Peers peers_;
  AcceptQueues queues_;
  std::vector<joined_socket> joined_;
  std::unordered_map<uint32_t, uint32_t> containers_;
  std::vector<uint32_t> process_sizes_;
};

}  // namespace sockscope
