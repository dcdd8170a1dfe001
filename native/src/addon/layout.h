// The fixed records and their constants, described to TypeScript.
#pragma once

#include <napi.h>

namespace sockscope {

Napi::Object make_layout(Napi::Env env);
Napi::Object make_constants(Napi::Env env);

}  // namespace sockscope
