#include "broker/sparing.h"

#include "broker/payload.h"
#include "shared/error.h"

namespace sockscope {

namespace {

// It reads every process of the machine.
constexpr std::chrono::seconds kEvery(2);

}  // namespace

void Sparing::refresh(const Outages& outages) {
  outages.spare(carriers_.all(kMaxPids));
  due_ = Clock::now() + kEvery;
}

// Until it works again, those of before are spared.
void Sparing::refresh_if_due(const Outages& outages) {
  if (Clock::now() < due_) return;
  due_ = Clock::now() + kEvery;
  try {
    refresh(outages);
  } catch (const SystemError&) {
  }
}

}  // namespace sockscope
