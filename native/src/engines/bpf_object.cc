#include "engines/bpf_object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include <cstdarg>
#include <cstdio>

#include "shared/error.h"

extern "C" {
extern const char sockscope_list_object[], sockscope_list_object_end[];
extern const char sockscope_destroy_object[], sockscope_destroy_object_end[];
extern const char sockscope_attempts_object[], sockscope_attempts_object_end[];
extern const char sockscope_events_object[], sockscope_events_object_end[];
}

namespace sockscope {

namespace {

// The kernel hands out at most 32 KiB at a time, so a buffer of this size never splits a record.
constexpr size_t kIteratorBufferBytes = 64 * 1024;
// A verifier log can be megabytes; its end says what was wrong.
constexpr size_t kMaxLogBytes = 64 * 1024;

std::string collected;

__attribute__((format(printf, 2, 0))) int collect(libbpf_print_level level, const char* format,
                                                  va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char* line = nullptr;
  int length = vasprintf(&line, format, arguments);
  if (length < 0) return 0;
  collected.append(line, length);
  free(line);
  if (collected.size() > kMaxLogBytes) collected.erase(0, collected.size() - kMaxLogBytes);
  return length;
}

// Parsing them takes about 20 ms and 20 MB, so it happens once, and they are not kept for long.
std::unique_ptr<btf, void (*)(btf*)> kernel_types(nullptr, btf__free);

bool kernel_has(const char* name, uint32_t kind) {
  if (!kernel_types) kernel_types.reset(btf__load_vmlinux_btf());
  return kernel_types && btf__find_by_name_kind(kernel_types.get(), name, kind) > 0;
}

}  // namespace

EmbeddedObject list_object() {
  return {"list", sockscope_list_object, size_t(sockscope_list_object_end - sockscope_list_object)};
}

EmbeddedObject destroy_object() {
  return {"destroy", sockscope_destroy_object,
          size_t(sockscope_destroy_object_end - sockscope_destroy_object)};
}

EmbeddedObject attempts_object() {
  return {"attempts", sockscope_attempts_object,
          size_t(sockscope_attempts_object_end - sockscope_attempts_object)};
}

EmbeddedObject events_object() {
  return {"events", sockscope_events_object, size_t(sockscope_events_object_end - sockscope_events_object)};
}

BpfObject::BpfObject(const EmbeddedObject& embedded) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = embedded.name);
  object_.reset(bpf_object__open_mem(embedded.start, embedded.size, &options));
  if (!object_) throw SystemError("bpf_object__open");
}

void BpfObject::load() { check(bpf_object__load(object_.get()), "bpf_object__load"); }

bpf_map* BpfObject::map(const char* name) const {
  bpf_map* map = bpf_object__find_map_by_name(object_.get(), name);
  if (!map) throw SystemError("bpf_object__find_map_by_name");
  return map;
}

void* BpfObject::variable_of_size(const char* section, size_t size) const {
  size_t has = 0;
  void* variable = bpf_map__initial_value(map(section), &has);
  if (!variable || has < size) throw SystemError("map of variables", ENOTSUP);
  return variable;
}

int BpfObject::map_fd(const char* name) const { return bpf_map__fd(map(name)); }

bpf_program* BpfObject::program(const char* name) const {
  bpf_program* program = bpf_object__find_program_by_name(object_.get(), name);
  if (!program) throw SystemError("bpf_object__find_program_by_name");
  return program;
}

BpfLink BpfObject::attach_iterator(const char* name, pid_t pid) const {
  bpf_iter_link_info info = {};
  info.task.pid = pid;
  LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));
  bpf_link* link = bpf_program__attach_iter(program(name), pid == 0 ? nullptr : &options);
  if (!link) throw SystemError("bpf_program__attach_iter");
  return BpfLink(link);
}

BpfLink BpfObject::attach_cgroup(const char* name, int cgroup) const {
  bpf_link* link = bpf_program__attach_cgroup(program(name), cgroup);
  if (!link) throw SystemError("bpf_program__attach_cgroup");
  return BpfLink(link);
}

BpfLink BpfObject::attach_tracepoint(const char* name) const {
  bpf_link* link = bpf_program__attach_trace(program(name));
  if (!link) throw SystemError("bpf_program__attach_trace");
  return BpfLink(link);
}

Ring BpfObject::open_ring(const char* map, ring_buffer_sample_fn keep, void* context) const {
  Ring ring(ring_buffer__new(map_fd(map), keep, context, nullptr));
  if (!ring) throw SystemError("ring_buffer__new");
  return ring;
}

void read_iterator(int link, const std::function<void(const char* bytes, size_t length)>& each,
                   const std::function<bool()>& is_over) {
  UniqueFd iterator(check(bpf_iter_create(link), "bpf_iter_create"));
  std::vector<char> buffer(kIteratorBufferBytes);
  for (;;) {
    ssize_t length = read(iterator.get(), buffer.data(), buffer.size());
    if (length < 0 && errno == EAGAIN && is_over()) return;
    // EAGAIN: a million objects went by without output; the walk goes on with the next read.
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    check(length, "read iterator");
    if (length == 0) return;
    each(buffer.data(), length);
  }
}

bool kernel_has_function(const char* name) { return kernel_has(name, BTF_KIND_FUNC); }

bool kernel_has_tracepoint(const std::string& name) {
  return kernel_has(("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
}

void forget_kernel_types() { kernel_types.reset(); }

void collect_libbpf_log() { libbpf_set_print(collect); }

std::string libbpf_log() { return std::exchange(collected, {}); }

}  // namespace sockscope
