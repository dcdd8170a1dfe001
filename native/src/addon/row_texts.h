// The texts of rows, from the functions of an object of JavaScript.
#pragma once

#include <napi.h>

#include "join/json_rows.h"

namespace sockscope {

// Throws Napi::Error where a function does, or returns something else.
class JavaScriptTexts : public RowTexts {
 public:
  explicit JavaScriptTexts(Napi::Object functions) : functions_(functions) {}

  KindTexts kind(const row_kind& kind) override;
  std::string address(uint16_t family, const uint8_t (&bytes)[16]) override;
  std::string program(uint32_t program, uint32_t command) override;
  std::string container(uint32_t container) override;

 private:
  Napi::Value call(const char* name, const std::vector<napi_value>& arguments);
  Napi::Value number(uint32_t value) { return Napi::Number::New(functions_.Env(), value); }

  Napi::Object functions_;
};

}  // namespace sockscope
