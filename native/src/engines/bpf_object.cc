#include "engines/bpf_object.h"

#include <bpf/bpf.h>
#include <sys/mman.h>

#include <vector>

#include "shared/error.h"

namespace sockscope {

namespace {

// The kernel hands out at most 32 KiB at a time, so a buffer of this size never splits a record.
constexpr size_t kIteratorBufferBytes = 64 * 1024;

}  // namespace

int BpfObject::map_fd(const char* name) const {
  auto found = loaded_.maps.find(name);
  if (found == loaded_.maps.end()) throw SystemError(std::string("map ") + name, ENOENT);
  return found->second.get();
}

const LoadedProgram& BpfObject::program(const char* name) const {
  auto found = loaded_.programs.find(name);
  if (found == loaded_.programs.end()) throw SystemError(std::string("BPF program ") + name, ENOENT);
  return found->second;
}

void* BpfObject::variable_of_size(const char* section, size_t size) const {
  int map = map_fd(section);
  bpf_map_info info = {};
  uint32_t length = sizeof(info);
  check(bpf_map_get_info_by_fd(map, &info, &length), "bpf_map_get_info_by_fd");
  if (info.value_size < size) throw SystemError("map of variables", ENOTSUP);
  void* variable = mmap(nullptr, info.value_size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
  if (variable == MAP_FAILED) throw SystemError("mmap a map of variables");
  return variable;
}

UniqueFd BpfObject::attach_iterator(const char* name, pid_t pid) const {
  bpf_iter_link_info info = {};
  info.task.pid = pid;
  LIBBPF_OPTS(bpf_link_create_opts, options);
  if (pid != 0) {
    options.iter_info = &info;
    options.iter_info_len = sizeof(info);
  }
  return UniqueFd(
      check(bpf_link_create(program(name).fd.get(), 0, BPF_TRACE_ITER, &options), "attach an iterator"));
}

UniqueFd BpfObject::attach_cgroup(const char* name, int cgroup) const {
  const LoadedProgram& hook = program(name);
  return UniqueFd(
      check(bpf_link_create(hook.fd.get(), cgroup, hook.attach_type, nullptr), "attach to a cgroup"));
}

UniqueFd BpfObject::attach_tracepoint(const char* name) const {
  return UniqueFd(check(bpf_raw_tracepoint_open(nullptr, program(name).fd.get()), "attach to a tracepoint"));
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

}  // namespace sockscope
