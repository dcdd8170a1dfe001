// One target of a destroy request, as the engines get it.
#pragma once

#include "shared/broker_protocol.h"

namespace sockscope {

struct DestroyItem {
  const DestroyTarget* target;
  DestroyReply* reply;  // filled in by the engine
};

}  // namespace sockscope
