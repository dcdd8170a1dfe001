// The capture of packets, by the programs of capture.bpf.c. There is one at a time.
#pragma once

#include <vector>

#include "engines/hooks.h"
#include "engines/outages.h"

namespace sockscope {

class Capture {
 public:
  // Loads; throws SystemError.
  Capture();

  // What is captured: a blackhole's rules, which here drop nothing. Attached while there are any.
  Outages& rules() { return rules_; }
  const Outages& rules() const { return rules_; }

  // Before the first rule: forgets what an earlier capture has left.
  void begin();
  // Until end(), also where its rules have expired.
  bool has_begun() const { return has_begun_; }
  // Of each packet, so many bytes are kept.
  void set_snap(uint32_t bytes) { state_->snap = bytes; }
  void end();

  // Readable while there are packets.
  int event_fd() const;
  // The oldest ones, as capture_records with the bytes of each behind it: not much more than kTakenBytes.
  std::vector<char> take();
  static constexpr size_t kTakenBytes = 128 * 1024;
  // Since the capture began.
  uint64_t lost() const { return state_->lost - lost_before_; }

 private:
  Hooks hooks_;
  Outages rules_;
  std::vector<char> taken_;
  Ring ring_;
  volatile capture_state* state_;  // the programs' variable
  uint64_t lost_before_ = 0;
  bool has_begun_ = false;
};

}  // namespace sockscope
