// The programs of attempts.bpf.c, or those of capture.bpf.c, which have the same names: loaded once, each
// attached only while a user needs it.
#pragma once

#include <map>
#include <string>

#include "engines/bpf_object.h"

namespace sockscope {

class Hooks {
 public:
  // Loads; throws SystemError.
  explicit Hooks(const EmbeddedObject& object);

  // Kinds of programs; a bit each.
  enum Kind : unsigned {
    kConnects = 1,   // cgroup/connect4|6
    kDatagrams = 2,  // cgroup/sendmsg4|6
    kPackets = 4,    // cgroup_skb
    kLifecycle = 8,  // tracepoints of sockets and processes; not of captures
  };

  // Sets the kinds that one user needs from now on; those that any user needs are attached. Throws
  // SystemError; then nothing has changed.
  void need(const void* user, unsigned kinds);

  const BpfObject& object() const { return object_; }

 private:
  void attach(const std::map<const void*, unsigned>& needs);

  BpfObject object_;
  std::string cgroup_;
  std::map<const void*, unsigned> needs_;
  std::map<const char*, UniqueFd> links_;
};

}  // namespace sockscope
