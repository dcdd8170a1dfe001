// What stands in the audit log and the journal of requests that the agent made up, and of names that any
// program chooses for itself: one line of JSON, whatever is in it.
#include <cstring>
#include <string>

#include "audit/act.h"
#include "audit/journal.h"
#include "require.h"

using namespace sockscope;

namespace {

// Takes structs from the front; zeros where there are no more bytes.
class Source {
 public:
  Source(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <typename Struct>
  Struct take() {
    Struct result = {};
    size_t length = std::min(size_, sizeof(result));
    std::memcpy(static_cast<void*>(&result), data_, length);
    data_ += length;
    size_ -= length;
    return result;
  }

  std::string rest() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const uint8_t* data_;
  size_t size_;
};

// The end of a JSON string that begins here, behind its quote.
size_t end_of_string(const std::string& line, size_t at) {
  require(line[at] == '"', "a string begins");
  for (at++; at < line.size() && line[at] != '"'; at++) {
    if (line[at] != '\\') continue;
    at++;
    require(at < line.size() && std::strchr("\"\\u", line[at]) != nullptr, "an escape that JSON has");
  }
  require(at < line.size(), "a string ends");
  return at + 1;
}

// Objects of strings, numbers and objects.
size_t end_of_value(const std::string& line, size_t at) {
  require(at < line.size(), "a value");
  if (line[at] == '"') return end_of_string(line, at);
  if (line[at] != '{') {
    size_t end = line.find_first_not_of("-0123456789", at);
    require(end != at && end != std::string::npos, "a number");
    return end;
  }
  at++;
  while (at < line.size() && line[at] != '}') {
    at = end_of_string(line, at);
    require(at < line.size() && line[at] == ':', "a name has a value");
    at = end_of_value(line, at + 1);
    if (at < line.size() && line[at] == ',') require(line[++at] == '"', "another name");
  }
  require(at < line.size(), "an object ends");
  return at + 1;
}

void require_line(const std::string& line) {
  for (char byte : line) require(static_cast<uint8_t>(byte) >= 0x20 && byte != 0x7f, "one line");
  require(end_of_value(line, 0) == line.size(), "one value");
}

void require_act(const Act& act) {
  require_line(act.subject.str());
  require_line(act.process.str());
  require_line(quoted(act.summary));
}

// A field of the journal as systemd reads it: `NAME=value`, or with the length in front of the value.
void require_field(const std::string& value) {
  std::string entry = journal_entry({{"FIELD", value}});
  bool has_break = value.find('\n') != std::string::npos;
  size_t start = has_break ? std::strlen("FIELD\n") + sizeof(uint64_t) : std::strlen("FIELD=");
  require(entry.size() == start + value.size() + 1 && entry.back() == '\n', "one field");
  require(entry.compare(start, value.size(), value) == 0, "the value");
  uint64_t length = 0;
  if (has_break) std::memcpy(&length, entry.data() + std::strlen("FIELD\n"), sizeof(length));
  require(!has_break || length == value.size(), "its length");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Source source(data, size);
  auto kind = source.take<uint8_t>();
  auto claimed = source.take<ClaimedClient>();
  require(std::strlen(method_name(claimed.method)) > 0, "a method");
  switch (kind % 5) {
    case 0: {
      auto target = source.take<DestroyTarget>();
      auto reply = source.take<DestroyReply>();
      std::optional<socket_record> row;
      if (kind >= 128) row = source.take<socket_record>();
      require_act(destroy_act(claimed, target, row, kind >= 64));
      require(std::strlen(outcome_of(reply, target, row)) > 0, "an outcome");
      engine_name(reply.engine);
      break;
    }
    case 1:
      require_act(bind_act(claimed, source.take<BindRequest>()));
      break;
    case 2: {
      auto request = source.take<OutageRequest>();
      require_act(set_outage_act(claimed, request, request.rule));
      require_act(capture_act(claimed, request, request.rule));
      break;
    }
    case 3:
      require_act(clear_outage_act(claimed, source.take<uint32_t>()));
      break;
    default:
      require_line(quoted(source.rest()));
      require_line(JsonObject().text("name", source.rest()).str());
      require_field(source.rest());
  }
  return 0;
}
