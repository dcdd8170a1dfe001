#include "broker/requests.h"

#include <algorithm>

#include "shared/error.h"

namespace sockscope {

const std::vector<Request>& all_requests() {
  static const std::vector<Request> requests = {
      {MessageType::kFeatures, "features", Rule::kRead},
      {MessageType::kList, "list", Rule::kRead},
      {MessageType::kInspect, "inspect", Rule::kRead},
      {MessageType::kSocketDetail, "socketDetail", Rule::kRead},
      {MessageType::kTcpTimers, "tcpTimers", Rule::kRead},
      // Verdicts alone: whose a socket or a process is stands in the list.
      {MessageType::kJudge, "judge", Rule::kRead},
      {MessageType::kJudgeProcesses, "judgeProcesses", Rule::kRead},
      // A verdict of one word, without any text of the process.
      {MessageType::kCarriers, "carriers", Rule::kRead},
      {MessageType::kOutageCounts, "outageCounts", Rule::kRead},
      // Events say that sockets changed, and how connections end; not whose.
      {MessageType::kWatchEvents, "watchEvents", Rule::kRead},
      {MessageType::kUnwatchEvents, "unwatchEvents", Rule::kUndo},
      {MessageType::kDestroy, "destroy", Rule::kScope},
      {MessageType::kTune, "tune", Rule::kScope},
      {MessageType::kSignal, "signal", Rule::kScope},
      {MessageType::kBindTrials, "bindTrials", Rule::kScope},
      {MessageType::kWorkingDirectories, "workingDirectories", Rule::kScope},
      {MessageType::kProcessFiles, "processFiles", Rule::kScope},
      {MessageType::kWatchAttempts, "watchAttempts", Rule::kScope},
      {MessageType::kWatchProcesses, "watchProcesses", Rule::kScope},
      {MessageType::kFollow, "follow", Rule::kScope},
      {MessageType::kUnwatchAttempts, "unwatchAttempts", Rule::kUndo},
      {MessageType::kKeepHistory, "keepHistory", Rule::kScope},
      {MessageType::kDropHistory, "dropHistory", Rule::kUndo},
      {MessageType::kSetOutage, "setOutage", Rule::kScope},
      // Within the scope of the outage that it extends.
      {MessageType::kExtendOutage, "extendOutage", Rule::kScope},
      {MessageType::kClearOutage, "clearOutage", Rule::kUndo},
      {MessageType::kSetCapture, "setCapture", Rule::kScope},
      // Of the capture, which was kept within the scope.
      {MessageType::kTakePackets, "takePackets", Rule::kScope},
      {MessageType::kEndCapture, "endCapture", Rule::kUndo},
      // Those of the served user.
      {MessageType::kAuditLines, "auditLines", Rule::kScope},
      {MessageType::kOwnSocketFile, "ownSocketFile", Rule::kStartOnly},
  };
  return requests;
}

const char* rule_name(Rule rule) {
  switch (rule) {
    case Rule::kRead:
      return "read";
    case Rule::kScope:
      return "scope";
    case Rule::kUndo:
      return "undo";
    case Rule::kStartOnly:
      return "start only";
  }
  return "";
}

Rule require_known(MessageType type, bool is_first) {
  const std::vector<Request>& requests = all_requests();
  auto found = std::find_if(requests.begin(), requests.end(),
                            [type](const Request& request) { return request.type == type; });
  if (found == requests.end()) throw SystemError("request type", EINVAL);
  if (found->rule == Rule::kStartOnly && !is_first) throw SystemError("start after the first request", EPERM);
  return found->rule;
}

}  // namespace sockscope
