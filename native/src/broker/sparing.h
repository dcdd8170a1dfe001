// What outages spare: the processes that carry sessions, as the broker itself finds them, again and again
// while an outage runs. Nothing that the agent says counts.
#pragma once

#include <chrono>

#include "engines/outages.h"
#include "law/carrier_law.h"

namespace sockscope {

class Sparing {
 public:
  explicit Sparing(const CarrierLaw& carriers) : carriers_(carriers) {}

  // Before a rule is put into force. Throws SystemError.
  void refresh(const Outages& outages);
  // While rules are in force: new carriers may have started.
  void refresh_if_due(const Outages& outages);

 private:
  using Clock = std::chrono::steady_clock;

  const CarrierLaw& carriers_;
  Clock::time_point due_;
};

}  // namespace sockscope
