// Permanent restrictions of this process, in all its threads.
#pragma once

namespace sockscope {

// Node answers SIGUSR1 by listening for a debugger on loopback, for every user of the machine, so a user who
// may signal this process could take it over. Call it before giving up the uid that keeps those signals out.
void ignore_debugger_signal();

// No new privileges, no executing, no BPF, no tracing, no namespaces, no mounts, no new sockets or listeners,
// not dumpable. For good.
void seal_process();

}  // namespace sockscope
