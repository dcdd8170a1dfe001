#include "addon/convert.h"

#include "addon/error_name.h"

namespace sockscope {

Napi::Error to_error(Napi::Env env, const SystemError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  const char* name = error_name(error.code());
  result.Set("code", Napi::String::New(env, name ? name : "UNKNOWN"));
  result.Set("errno", Napi::Number::New(env, error.code()));
  result.Set("syscall", Napi::String::New(env, error.step()));
  return result;
}

}  // namespace sockscope
