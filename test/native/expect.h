// What all native tests print, and count.
#pragma once

#include <cstdio>
#include <string>

inline int failures = 0;

inline void expect(bool held, const std::string& what) {
  std::printf("%s %s\n", held ? "ok" : "FAILED", what.c_str());
  failures += !held;
}
