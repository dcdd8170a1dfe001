// The pid namespace of this process, by which BPF programs number processes.
#pragma once

#include <bpf/libbpf.h>

namespace sockscope {

// Sets the constant that bpf/pid.h reads. Throws SystemError.
void set_pid_namespace(bpf_object* object);

}  // namespace sockscope
