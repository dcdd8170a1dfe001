#include "addon/row_texts.h"

#include <vector>

namespace sockscope {

namespace {

std::string text_of(Napi::Value value) {
  if (!value.IsString()) throw Napi::TypeError::New(value.Env(), "a text is needed");
  return value.As<Napi::String>().Utf8Value();
}

}  // namespace

KindTexts JavaScriptTexts::kind(const row_kind& kind) {
  Napi::Value texts = call(
      "kind", {number(kind.protocol), number(kind.state), number(kind.has_port), number(kind.is_mptcp_path)});
  if (!texts.IsObject()) throw Napi::TypeError::New(texts.Env(), "texts are needed");
  auto object = texts.As<Napi::Object>();
  return {text_of(object.Get("protocol")), text_of(object.Get("state")),
          text_of(object.Get("unsupportedReason"))};
}

std::string JavaScriptTexts::address(uint16_t family, const uint8_t (&bytes)[16]) {
  return text_of(
      call("address", {number(family), Napi::Buffer<uint8_t>::Copy(functions_.Env(), bytes, sizeof(bytes))}));
}

std::string JavaScriptTexts::program(uint32_t program, uint32_t command) {
  return text_of(call("program", {number(program), number(command)}));
}

std::string JavaScriptTexts::container(uint32_t container) {
  return text_of(call("container", {number(container)}));
}

Napi::Value JavaScriptTexts::call(const char* name, const std::vector<napi_value>& arguments) {
  Napi::Value function = functions_.Get(name);
  if (!function.IsFunction()) throw Napi::TypeError::New(functions_.Env(), "functions are needed");
  return function.As<Napi::Function>().Call(functions_, arguments);
}

}  // namespace sockscope
