#include "engines/bpf_loader.h"

#include <fcntl.h>

// It needs these.
#include <bpf/skel_internal.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "shared/error.h"

extern "C" {
extern const char sockscope_list_object[], sockscope_list_object_end[];
extern const char sockscope_destroy_object[], sockscope_destroy_object_end[];
extern const char sockscope_attempts_object[], sockscope_attempts_object_end[];
extern const char sockscope_capture_object[], sockscope_capture_object_end[];
extern const char sockscope_events_object[], sockscope_events_object_end[];
extern const char sockscope_timers_object[], sockscope_timers_object_end[];
extern const char sockscope_tune_object[], sockscope_tune_object_end[];
extern const char sockscope_history_object[], sockscope_history_object_end[];
}

namespace sockscope {

namespace {

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

struct Close {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using OpenObject = std::unique_ptr<bpf_object, Close>;

OpenObject open(const EmbeddedObject& embedded, const Preparation& preparation) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = embedded.name);
  OpenObject object(bpf_object__open_mem(embedded.start, embedded.size, &options));
  if (!object) throw SystemError("bpf_object__open");
  if (preparation.set_constants) preparation.set_constants(object.get());
  return object;
}

// libbpf puts the object's name before some sections.
std::string name_of(const bpf_map* map) {
  std::string name = bpf_map__name(map);
  return bpf_map__is_internal(map) ? name.substr(name.find('.')) : name;
}

// Calls back with each map, and with each program, in the order in which libbpf loads them.
template <typename OnMap, typename OnProgram>
void for_each(bpf_object* object, OnMap on_map, OnProgram on_program) {
  bpf_map* map;
  bpf_object__for_each_map(map, object) on_map(map);
  bpf_program* program;
  bpf_object__for_each_program(program, object) on_program(program);
}

// Linux 5.17: libbpf writes a program of the kernel's, which makes the maps and loads the programs, and the
// kernel relocates them by the types that it has at hand. Null: not here; libbpf then says why.
std::optional<LoadedObject> load_within_kernel(bpf_object* object) {
  LIBBPF_OPTS(gen_loader_opts, loader);
  if (bpf_object__gen_loader(object, &loader) != 0 || bpf_object__load(object) != 0) return std::nullopt;
  size_t maps = 0, programs = 0;
  for_each(
      object, [&](bpf_map*) { maps++; }, [&](bpf_program*) { programs++; });
  // The context of that program, with its results: the descriptors.
  size_t size = sizeof(bpf_loader_ctx) + maps * sizeof(bpf_map_desc) + programs * sizeof(bpf_prog_desc);
  std::vector<uint64_t> memory(size / sizeof(uint64_t) + 1);
  auto* context = reinterpret_cast<bpf_loader_ctx*>(memory.data());
  context->sz = size;
  bpf_load_and_run_opts run = {};
  run.ctx = context;
  run.data = loader.data;
  run.data_sz = loader.data_sz;
  run.insns = loader.insns;
  run.insns_sz = loader.insns_sz;
  if (bpf_load_and_run(&run) != 0) return std::nullopt;
  auto* map_result = reinterpret_cast<bpf_map_desc*>(context + 1);
  auto* program_result = reinterpret_cast<bpf_prog_desc*>(map_result + maps);
  LoadedObject loaded;
  for_each(
      object, [&](bpf_map* map) { loaded.maps[name_of(map)] = UniqueFd(map_result++->map_fd); },
      [&](bpf_program* program) {
        loaded.programs[bpf_program__name(program)] = {UniqueFd(program_result++->prog_fd),
                                                       bpf_program__expected_attach_type(program)};
      });
  return loaded;
}

UniqueFd copy_of(int fd) { return UniqueFd(check(fcntl(fd, F_DUPFD_CLOEXEC, 0), "dup")); }

LoadedObject load_by_libbpf(bpf_object* object) {
  check(bpf_object__load(object), "bpf_object__load");
  LoadedObject loaded;
  for_each(
      object, [&](bpf_map* map) { loaded.maps[name_of(map)] = copy_of(bpf_map__fd(map)); },
      [&](bpf_program* program) {
        if (bpf_program__autoload(program))
          loaded.programs[bpf_program__name(program)] = {copy_of(bpf_program__fd(program)),
                                                         bpf_program__expected_attach_type(program)};
      });
  return loaded;
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

EmbeddedObject capture_object() {
  return {"capture", sockscope_capture_object,
          size_t(sockscope_capture_object_end - sockscope_capture_object)};
}

EmbeddedObject events_object() {
  return {"events", sockscope_events_object, size_t(sockscope_events_object_end - sockscope_events_object)};
}

EmbeddedObject timers_object() {
  return {"timers", sockscope_timers_object, size_t(sockscope_timers_object_end - sockscope_timers_object)};
}

EmbeddedObject tune_object() {
  return {"tune", sockscope_tune_object, size_t(sockscope_tune_object_end - sockscope_tune_object)};
}

EmbeddedObject history_object() {
  return {"history", sockscope_history_object,
          size_t(sockscope_history_object_end - sockscope_history_object)};
}

LoadedObject load_object(const EmbeddedObject& embedded, const Preparation& preparation) {
  if (auto loaded = load_within_kernel(open(embedded, preparation).get())) return std::move(*loaded);
  libbpf_log();
  OpenObject object = open(embedded, preparation);
  if (preparation.adapt) preparation.adapt(object.get());
  return load_by_libbpf(object.get());
}

void read_directly(bpf_object* object) {
  bool directly = true;
  bpf_map* constants = bpf_object__find_map_by_name(object, ".rodata.reads");
  if (!constants) throw SystemError("map .rodata.reads", ENOENT);
  check(bpf_map__set_initial_value(constants, &directly, sizeof(directly)), "bpf_map__set_initial_value");
}

void collect_libbpf_log() { libbpf_set_print(collect); }

std::string libbpf_log() { return std::exchange(collected, {}); }

}  // namespace sockscope
