// What the audit log calls the outcome of a destroy: no more than was seen afterwards.
#include "audit/act.h"

#include <netinet/in.h>

#include <cerrno>
#include <string>

#include "expect.h"

using namespace sockscope;

namespace {

struct Case {
  const char* what;
  uint32_t status;
  int32_t error;
  DestroyEngine engine;
  Remains remains;
  std::string outcome;
};

const Case kCases[] = {
    {"done, and closed", DESTROY_DONE, 0, DestroyEngine::kBpf, Remains::kNothing, "destroyed"},
    {"done, and its port stays", DESTROY_DONE, 0, DestroyEngine::kBpf, Remains::kPort, "destroyed"},
    {"done, and still open", DESTROY_DONE, 0, DestroyEngine::kBpf, Remains::kOpen, "failed"},
    {"done, and not looked at", DESTROY_DONE, 0, DestroyEngine::kBpf, Remains::kUnknown, "failed"},
    {"not there any more", DESTROY_DONE, ENOENT, DestroyEngine::kSockDiag, Remains::kNothing, "gone"},
    {"said to be gone, and open", DESTROY_DONE, ENOENT, DestroyEngine::kSockDiag, Remains::kOpen, "failed"},
    {"closed before", DESTROY_PENDING, 0, DestroyEngine::kAuto, Remains::kUnknown, "gone"},
    {"missed, and closed", DESTROY_PENDING, 0, DestroyEngine::kBpf, Remains::kNothing, "gone"},
    {"missed, and open", DESTROY_PENDING, 0, DestroyEngine::kBpf, Remains::kOpen, "failed"},
    {"missed, and not looked at", DESTROY_PENDING, 0, DestroyEngine::kBpf, Remains::kUnknown, "failed"},
    {"no answer, and closed", DESTROY_PENDING, ETIMEDOUT, DestroyEngine::kBpf, Remains::kNothing, "gone"},
    {"no answer, and open", DESTROY_PENDING, ETIMEDOUT, DestroyEngine::kBpf, Remains::kOpen, "failed"},
    {"another tuple", DESTROY_CHANGED, 0, DestroyEngine::kBpf, Remains::kUnknown, "changed"},
};

}  // namespace

int main() {
  DestroyTarget target = {};
  target.protocol = IPPROTO_TCP;
  for (const Case& each : kCases) {
    DestroyReply reply = {};
    reply.status = each.status;
    reply.error = each.error;
    reply.engine = static_cast<uint32_t>(each.engine);
    reply.remains = static_cast<uint32_t>(each.remains);
    std::string outcome = outcome_of(reply, target, {});
    expect(outcome == each.outcome, std::string(each.what) + ": " + outcome);
  }
  return failures != 0;
}
