// Takes from this process, all its threads, what it never needs again.
#pragma once

namespace sockscope {

// Node answers SIGUSR1 by listening for a debugger on loopback, for every user of the machine, and whoever
// may signal this process could so enter it. Call it before giving up the uid that keeps those signals out.
void ignore_debugger_signal();

// No new privileges, no executing, no BPF, no tracing, no namespaces, no mounts, no new sockets or listeners,
// not dumpable. For good.
void seal_process();

}  // namespace sockscope
