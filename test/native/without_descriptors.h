// A program that may open no file: what cannot be looked at is no answer.
#pragma once

#include <sys/resource.h>

#include <string>

#include "expect.h"
#include "shared/error.h"

template <typename Act>
void expect_refusal_without_descriptors(Act act, const std::string& what) {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = {0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  int error = 0;
  try {
    act();
  } catch (const sockscope::SystemError& failure) {
    error = failure.code();
  }
  setrlimit(RLIMIT_NOFILE, &before);
  expect(error == EMFILE, "without a descriptor left, " + what + " is not known");
}
