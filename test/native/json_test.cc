// Strings in the audit log: a program chooses its name freely, and must not end a string or a line with it.
#include "audit/json.h"

#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

void is(const std::string& text, const std::string& expected, const std::string& what) {
  expect(quoted(text) == '"' + expected + '"', what + ": " + quoted(text));
}

void strings() {
  is("", "", "an empty string");
  is("node", "node", "a plain one");
  is("a\"b\\", "a\\\"b\\\\", "quotes and backslashes");
  is("\n\r\t\x01\x1b[2J", "\\u000a\\u000d\\u0009\\u0001\\u001b[2J", "control characters");
  is(std::string("a\0b", 3), "a\\u0000b", "NUL");
  is("\x7f\xc2\x80\xc2\x9b\xc2\x9f", "\\u007f\\u0080\\u009b\\u009f", "DEL and C1");
  is("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "UTF-8 of each length");
}

void invalid() {
  const std::string lost = "\\ufffd";
  is("\xff\xfe", lost + lost, "bytes that begin nothing");
  is("a\x80z", "a" + lost + "z", "a continuation alone");
  is("\xc0\xaf\xc1\x81", lost + lost + lost + lost, "overlong, two bytes");
  is("\xe0\x80\xaf", lost + lost + lost, "overlong, three bytes");
  is("\xf0\x80\x80\xaf", lost + lost + lost + lost, "overlong, four bytes");
  is("\xed\xa0\x80", lost + lost + lost, "a surrogate");
  is("\xf4\x90\x80\x80", lost + lost + lost + lost, "beyond Unicode");
  is("\xf5\x80", lost + lost, "a first byte of none");
  is("ab\xe2\x82", "ab" + lost + lost, "cut in the middle");
  is("\xc3\"", lost + "\\\"", "a quote as a continuation");
  is("\xe2\x82\n", lost + lost + "\\u000a", "a line break as a continuation");
}

void objects() {
  JsonObject inner, outer, more;
  inner.number("pid", -1);
  outer.text("name", "x\"").object("process", inner).add(more).add(inner);
  expect(outer.str() == R"({"name":"x\"","process":{"pid":-1},"pid":-1})", "members in order");
  expect(more.str() == "{}", "an empty object");
  expect(JsonObject().add(inner).str() == inner.str(), "an object added to an empty one");
}

}  // namespace

int main() {
  strings();
  invalid();
  objects();
  return failures == 0 ? 0 : 1;
}
