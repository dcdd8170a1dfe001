// JSON objects for lines of the audit log: one line each, whatever the strings in them hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sockscope {

// A JSON string with its quotes. Others choose the text (the name of a program), so control characters, C1
// among them, become escapes, and bytes that are no UTF-8 the replacement character.
std::string quoted(std::string_view text);

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
  JsonObject& number(std::string_view name, int64_t value) { return raw(name, std::to_string(value)); }
  JsonObject& object(std::string_view name, const JsonObject& value) { return raw(name, value.str()); }
  // All members of another object.
  JsonObject& add(const JsonObject& other);
  std::string str() const { return "{" + members_ + "}"; }

 private:
  JsonObject& raw(std::string_view name, const std::string& value);

  std::string members_;
};

}  // namespace sockscope
