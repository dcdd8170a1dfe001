// A rate with a burst: so many at once, and then one every now and then.
#pragma once

#include <algorithm>
#include <chrono>

namespace sockscope {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  // Full at first; one token comes in `every`.
  TokenBucket(double max, std::chrono::duration<double> every)
      : max_(max), every_(every), tokens_(max), refilled_at_(Clock::now()) {}

  // False: it is empty.
  bool take() {
    Clock::time_point now = Clock::now();
    tokens_ = std::min(max_, tokens_ + (now - refilled_at_) / every_);
    refilled_at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double max_;
  std::chrono::duration<double> every_;
  double tokens_;
  Clock::time_point refilled_at_;
};

}  // namespace sockscope
