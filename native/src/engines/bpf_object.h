// A loaded BPF object: its maps, variables and programs, and the links that attach those. A link is gone when
// its descriptor is closed.
#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <memory>
#include <string>

#include "engines/bpf_loader.h"
#include "shared/unique_fd.h"

namespace sockscope {

struct FreeRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
using Ring = std::unique_ptr<ring_buffer, FreeRing>;

class BpfObject {
 public:
  // Loads; throws SystemError. libbpf_log() then has the details.
  explicit BpfObject(const EmbeddedObject& embedded, const Preparation& preparation = {})
      : loaded_(load_object(embedded, preparation)) {}

  int map_fd(const char* name) const;
  bool has_program(const char* name) const { return loaded_.programs.count(name) > 0; }
  // `pid`: over the files of this process only, in the pid namespace of the caller (Linux 6.1); 0: over all
  // that the iterator has.
  UniqueFd attach_iterator(const char* program, pid_t pid = 0) const;
  UniqueFd attach_cgroup(const char* program, int cgroup) const;
  UniqueFd attach_tracepoint(const char* program) const;
  // `keep` gets `context` with each record.
  Ring open_ring(const char* map, ring_buffer_sample_fn keep, void* context) const;

  // The only variable of a section, as the programs see it; for as long as the process lives.
  template <typename Variable>
  volatile Variable* variable(const char* section) const {
    return static_cast<volatile Variable*>(variable_of_size(section, sizeof(Variable)));
  }

 private:
  const LoadedProgram& program(const char* name) const;
  void* variable_of_size(const char* section, size_t size) const;

  LoadedObject loaded_;
};

// Runs an iterator in the network namespace of the caller, to its end, or until the program stops it when
// `is_over`. Calls back with what it wrote, whole records each time.
void read_iterator(
    int link, const std::function<void(const char* bytes, size_t length)>& each,
    const std::function<bool()>& is_over = [] { return false; });

}  // namespace sockscope
