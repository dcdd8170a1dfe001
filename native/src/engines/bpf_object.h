// libbpf's objects and links, owned.
#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shared/unique_fd.h"

namespace sockscope {

// A compiled BPF object that the linker put into the addon (objects.S).
struct EmbeddedObject {
  const char* name;
  const void* start;
  size_t size;
};

EmbeddedObject list_object();
EmbeddedObject destroy_object();
EmbeddedObject attempts_object();
EmbeddedObject events_object();

// Detaches when it goes.
class BpfLink {
 public:
  BpfLink() = default;
  explicit BpfLink(bpf_link* link) : link_(link) {}
  int fd() const { return bpf_link__fd(link_.get()); }

 private:
  struct Destroy {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
  };
  std::unique_ptr<bpf_link, Destroy> link_;
};

struct FreeRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
using Ring = std::unique_ptr<ring_buffer, FreeRing>;

class BpfObject {
 public:
  // Throws SystemError; libbpf_log() then has the details.
  explicit BpfObject(const EmbeddedObject& embedded);
  void load();

  int map_fd(const char* name) const;
  bpf_map* map(const char* name) const;
  // `pid`: over the files of this process only, in the pid namespace of the caller (Linux 6.1); 0: over all
  // that the iterator has.
  BpfLink attach_iterator(const char* program, pid_t pid = 0) const;
  BpfLink attach_cgroup(const char* program, int cgroup) const;
  BpfLink attach_tracepoint(const char* program) const;
  // `keep` gets `context` with each record.
  Ring open_ring(const char* map, ring_buffer_sample_fn keep, void* context) const;

  bpf_program* program(const char* name) const;
  // The only variable of a section, as the programs see it.
  template <typename Variable>
  volatile Variable* variable(const char* section) const {
    return static_cast<volatile Variable*>(variable_of_size(section, sizeof(Variable)));
  }

 private:
  void* variable_of_size(const char* section, size_t size) const;

  struct Close {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
  };
  std::unique_ptr<bpf_object, Close> object_;
};

// Runs an iterator in the network namespace of the caller, to its end, or until the program stops it when
// `is_over`. Calls back with what it wrote, whole records each time.
void read_iterator(
    int link, const std::function<void(const char* bytes, size_t length)>& each,
    const std::function<bool()>& is_over = [] { return false; });

// Whether the running kernel offers a function to BPF programs.
bool kernel_has_function(const char* name);
// Whether it has a tracepoint that BPF programs can run in.
bool kernel_has_tracepoint(const std::string& name);

// Frees what the two functions above keep. Call it when nothing more is probed.
void forget_kernel_types();

// Collects libbpf's warnings, the verifier's log among them, from now on.
void collect_libbpf_log();
// Returns and clears the collected text.
std::string libbpf_log();

}  // namespace sockscope
