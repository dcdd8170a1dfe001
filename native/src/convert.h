// From our types to JavaScript's.
#pragma once

#include <napi.h>

#include <vector>

#include "../../bpf/records.h"
#include "error.h"

namespace sockscope {

// An Error with code, errno and syscall, as Node's own have them.
Napi::Error to_error(Napi::Env env, const SystemError& error);

Napi::Value to_buffer(Napi::Env env, const std::vector<socket_record>& records);

}  // namespace sockscope
