// The BPF engines that could be loaded, and why others could not.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engines/attempts.h"
#include "engines/bpf_destroyer.h"
#include "engines/capture.h"
#include "engines/history.h"
#include "engines/hooks.h"
#include "engines/lister.h"
#include "engines/outages.h"
#include "engines/socket_events.h"
#include "engines/timer_lister.h"
#include "engines/tuner.h"
#include "shared/broker_protocol.h"

namespace sockscope {

struct Engines {
  std::unique_ptr<Lister> lister;
  std::unique_ptr<BpfDestroyer> destroyer;
  std::unique_ptr<Hooks> hooks;
  std::unique_ptr<Attempts> attempts;  // with hooks
  std::unique_ptr<Outages> outages;    // likewise
  std::unique_ptr<Capture> capture;
  std::unique_ptr<SocketEvents> events;
  std::unique_ptr<TimerLister> timers;
  std::unique_ptr<Tuner> tuner;
  std::unique_ptr<History> history;
  BrokerFeatures features = {};
  std::string log;  // one line for each thing that is missing, the verifier's log behind it
};

// What is loaded: each object takes 4 to 70 ms, most of it for the verifier.
enum class EngineSet {
  kAll,
  kNoWatching,  // what lists and destroys need: nothing that watches connects, holds remotes down, ...
};

// Never throws: an engine that fails is missing, and the log says why.
Engines load_engines(EngineSet set);

}  // namespace sockscope
