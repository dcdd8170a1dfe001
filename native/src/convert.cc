#include "convert.h"

namespace sockscope {

Napi::Error to_error(Napi::Env env, const SystemError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  const char* name = strerrorname_np(error.code());
  result.Set("code", Napi::String::New(env, name ? name : "UNKNOWN"));
  result.Set("errno", Napi::Number::New(env, error.code()));
  result.Set("syscall", Napi::String::New(env, error.step()));
  return result;
}

Napi::Value to_buffer(Napi::Env env, const std::vector<socket_record>& records) {
  const char* bytes = reinterpret_cast<const char*>(records.data());
  return Napi::Buffer<char>::Copy(env, bytes, records.size() * sizeof(socket_record));
}

}  // namespace sockscope
