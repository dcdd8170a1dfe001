#include "audit/json.h"

#include <cstdio>

namespace sockscope {

namespace {

constexpr uint32_t kReplacement = 0xfffd;
constexpr uint32_t kLastCodePoint = 0x10ffff;

struct CodePoint {
  uint32_t value;
  size_t length;  // bytes; 1 of what is no UTF-8
};

// Bytes of a sequence by its first one; 0: none begins so.
size_t sequence_length(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

// What is overlong, a surrogate or beyond Unicode is no character.
bool is_character(uint32_t value, size_t length) {
  constexpr uint32_t kFirstOfLength[] = {0, 0, 0x80, 0x800, 0x10000};
  bool is_surrogate = value >= 0xd800 && value < 0xe000;
  return value >= kFirstOfLength[length] && !is_surrogate && value <= kLastCodePoint;
}

CodePoint first_of(std::string_view text) {
  auto first = static_cast<uint8_t>(text[0]);
  size_t length = sequence_length(first);
  if (length == 1) return {first, 1};
  if (length == 0 || length > text.size()) return {kReplacement, 1};
  uint32_t value = first & (0x7f >> length);
  for (size_t at = 1; at < length; at++) {
    auto next = static_cast<uint8_t>(text[at]);
    if ((next & 0xc0) != 0x80) return {kReplacement, 1};
    value = value << 6 | (next & 0x3f);
  }
  return is_character(value, length) ? CodePoint{value, length} : CodePoint{kReplacement, 1};
}

bool is_control(uint32_t value) { return value < 0x20 || (value >= 0x7f && value < 0xa0); }

std::string escaped(uint32_t value) {
  char text[8];
  std::snprintf(text, sizeof(text), "\\u%04x", value);
  return text;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string result = "\"";
  while (!text.empty()) {
    CodePoint next = first_of(text);
    if (next.value == '"' || next.value == '\\') {
      result += '\\';
      result += static_cast<char>(next.value);
    } else if (is_control(next.value) || next.value == kReplacement) {
      result += escaped(next.value);
    } else {
      result += text.substr(0, next.length);
    }
    text.remove_prefix(next.length);
  }
  return result + '"';
}

JsonObject& JsonObject::add(const JsonObject& other) {
  if (!members_.empty() && !other.members_.empty()) members_ += ',';
  members_ += other.members_;
  return *this;
}

JsonObject& JsonObject::raw(std::string_view name, const std::string& value) {
  if (!members_.empty()) members_ += ',';
  members_ += quoted(name) + ':' + value;
  return *this;
}

}  // namespace sockscope
