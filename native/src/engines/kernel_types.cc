#include "engines/kernel_types.h"

#include <bpf/btf.h>

#include <memory>

namespace sockscope {

namespace {

// Read once, and not kept for long.
std::unique_ptr<btf, void (*)(btf*)> kernel_types(nullptr, btf__free);

bool kernel_has(const char* name, uint32_t kind) {
  if (!kernel_types) kernel_types.reset(btf__load_vmlinux_btf());
  return kernel_types && btf__find_by_name_kind(kernel_types.get(), name, kind) > 0;
}

}  // namespace

bool kernel_has_function(const char* name) { return kernel_has(name, BTF_KIND_FUNC); }

bool kernel_has_tracepoint(const std::string& name) {
  return kernel_has(("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
}

void forget_kernel_types() { kernel_types.reset(); }

}  // namespace sockscope
