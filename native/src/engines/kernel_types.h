// What the running kernel offers to BPF programs, by its types. To read them takes about 10 ms and 20 MB.
#pragma once

#include <string>

namespace sockscope {

bool kernel_has_function(const char* name);
// Whether it has a tracepoint that BPF programs can run in.
bool kernel_has_tracepoint(const std::string& name);

// Frees what the two functions above keep. Call it when nothing more is probed.
void forget_kernel_types();

}  // namespace sockscope
