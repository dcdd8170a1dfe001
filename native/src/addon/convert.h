// From our types to JavaScript's.
#pragma once

#include <napi.h>

#include <vector>

#include "shared/error.h"

namespace sockscope {

// An Error with code, errno and syscall, as Node's own have them.
Napi::Error to_error(Napi::Env env, const SystemError& error);

template <typename Record>
Napi::Value to_buffer(Napi::Env env, const std::vector<Record>& records) {
  const char* bytes = reinterpret_cast<const char*>(records.data());
  return Napi::Buffer<char>::Copy(env, bytes, records.size() * sizeof(Record));
}

}  // namespace sockscope
