#include "engines/engines.h"

#include <linux/capability.h>
#include <unistd.h>

#include "engines/kernel_types.h"
#include "engines/sock_diag.h"
#include "shared/error.h"
#include "shared/process.h"

namespace sockscope {

namespace {

// Checked first, because libbpf would report the memory limit as the cause.
void check_bpf_privileges() {
  if (has_capability(CAP_SYS_ADMIN) || (has_capability(CAP_BPF) && has_capability(CAP_PERFMON))) return;
  throw SystemError("load BPF without CAP_BPF and CAP_PERFMON", EPERM);
}

template <typename Engine, typename... Arguments>
std::unique_ptr<Engine> load(const char* name, std::string& log, const Arguments&... arguments) {
  try {
    check_bpf_privileges();
    return std::make_unique<Engine>(arguments...);
  } catch (const SystemError& error) {
    log += std::string(name) + ": " + error.what() + "\n" + libbpf_log();
    return nullptr;
  }
}

bool can_sock_destroy(std::string& log) {
  try {
    int error = probe_sock_destroy();
    if (error != 0)
      log += std::string("sock_diag_destroy: ") + SystemError("SOCK_DESTROY", error).what() + "\n";
    return error == 0;
  } catch (const SystemError& error) {
    log += std::string("sock_diag_destroy: ") + error.what() + "\n";
    return false;
  }
}

void load_watching(Engines& engines) {
  engines.hooks = load<Hooks>("hooks", engines.log, attempts_object());
  if (engines.hooks) {
    engines.attempts = std::make_unique<Attempts>(*engines.hooks);
    engines.outages = std::make_unique<Outages>(*engines.hooks);
  }
  engines.capture = load<Capture>("capture", engines.log);
  engines.events = load<SocketEvents>("events", engines.log);
  engines.timers = load<TimerLister>("timers", engines.log);
  engines.tuner = load<Tuner>("tune", engines.log);
  engines.history = load<History>("history", engines.log);
}

}  // namespace

Engines load_engines(EngineSet set) {
  Engines engines;
  collect_libbpf_log();
  engines.lister = load<Lister>("list", engines.log);
  engines.destroyer = load<BpfDestroyer>("destroy", engines.log);
  if (set == EngineSet::kAll) load_watching(engines);
  forget_kernel_types();
  engines.features.list = engines.lister != nullptr;
  engines.features.destroy = engines.destroyer != nullptr;
  engines.features.hooks = engines.hooks != nullptr;
  engines.features.capture = engines.capture != nullptr;
  engines.features.events = engines.events != nullptr;
  engines.features.timers = engines.timers != nullptr;
  engines.features.tune = engines.tuner != nullptr;
  engines.features.history = engines.history != nullptr;
  engines.features.sock_diag_destroy = can_sock_destroy(engines.log);
  engines.features.btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  if (!engines.features.btf) engines.log += "btf: this kernel was built without CONFIG_DEBUG_INFO_BTF\n";
  return engines;
}

}  // namespace sockscope
