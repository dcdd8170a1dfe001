// Loads the compiled BPF objects into the kernel.
#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <map>
#include <string>

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
EmbeddedObject capture_object();
EmbeddedObject events_object();
EmbeddedObject timers_object();
EmbeddedObject tune_object();
EmbeddedObject history_object();

// What an object needs before it is loaded, if anything.
struct Preparation {
  std::function<void(bpf_object*)> set_constants = {};
  // Called where it cannot be loaded as it is: leaves out what this kernel lacks, or throws SystemError with
  // what that is. To find out takes the time to read the kernel's types (kernel_types.h).
  std::function<void(bpf_object*)> adapt = {};
};

struct LoadedProgram {
  UniqueFd fd;
  bpf_attach_type attach_type;
};

// By name; a map of variables has the name of its section.
struct LoadedObject {
  std::map<std::string, UniqueFd> maps;
  std::map<std::string, LoadedProgram> programs;
};

// Throws SystemError; libbpf_log() then has the details.
LoadedObject load_object(const EmbeddedObject& embedded, const Preparation& preparation);

// An adaption of objects with bpf/reads.h. Throws SystemError.
void read_directly(bpf_object* object);

// Collects libbpf's warnings, the verifier's log among them, from now on.
void collect_libbpf_log();
// Returns and clears the collected text.
std::string libbpf_log();

}  // namespace sockscope
