// The join of a listing as an object of JavaScript.
#pragma once

#include <napi.h>

namespace sockscope {

// joinRows(rows, before) of index.d.ts.
Napi::Value join_rows(const Napi::CallbackInfo& info);

// Call it once in each environment, before joinRows.
void define_socket_join(Napi::Env env);

}  // namespace sockscope
