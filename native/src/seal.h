// Takes from this process, all its threads, what it never needs again.
#pragma once

namespace sockscope {

// No new privileges, no executing, no BPF, no tracing, no namespaces, no mounts, not dumpable. For good.
void seal_process();

}  // namespace sockscope
