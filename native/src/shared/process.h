// Preparation of a forked process: descriptors, signals, capabilities.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace sockscope {

// Closes every descriptor from 3 on, except these.
void close_all_but(std::vector<int> kept);

// Points standard input, output and error to /dev/null.
void detach_standard_streams();

// Sets an empty mask and default handlers, in place of those that Node has set.
void reset_signals();

// One bit for each CAP_*, as in /proc/PID/status.
using Capabilities = uint64_t;
constexpr Capabilities capability(int number) { return Capabilities{1} << number; }

// Of the calling thread.
Capabilities effective_capabilities();

// Whether the capability is effective for the calling thread.
bool has_capability(int number);

// Keeps at most these, in every set, and takes no_new_privs. For single-threaded processes: capset acts on
// one thread.
void keep_capabilities(Capabilities kept);

// As fork(), but libuv's handler for that does not run: in the child it would close two descriptors, by
// numbers that are others' by now. For single-threaded processes: no lock that another thread holds is
// released in the child.
pid_t fork_without_handlers();

// Asks for SIGKILL when the parent dies; ends at once where it is dead already.
void die_with(int parent);

}  // namespace sockscope
