#include "audit/act.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>

#include "shared/tcp_states.h"

namespace sockscope {

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;

std::string address_text(uint16_t family, const uint8_t* address) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, address, text, sizeof(text));
  return text;
}

JsonObject endpoint(uint16_t family, const uint8_t* address, uint16_t port) {
  return JsonObject().text("address", address_text(family, address)).number("port", port);
}

std::string protocol_name(uint16_t protocol) {
  if (protocol == IPPROTO_TCP) return "tcp";
  return protocol == IPPROTO_UDP ? "udp" : std::to_string(protocol);
}

// Of a target or a row, which name their fields alike.
template <typename Socket>
JsonObject socket_fields(const Socket& socket) {
  JsonObject fields;
  fields.number("netns", socket.netns)
      .text("cookie", std::to_string(socket.cookie))
      .text("protocol", protocol_name(socket.protocol))
      .object("local", endpoint(socket.family, socket.local_address, socket.local_port));
  if (socket.remote_port != 0)
    fields.object("remote", endpoint(socket.family, socket.remote_address, socket.remote_port));
  return fields;
}

// The name of the program's file; empty: it has ended.
std::string file_name_of(uint32_t pid) {
  char path[PATH_MAX];
  std::string link = "/proc/" + std::to_string(pid) + "/exe";
  ssize_t length = readlink(link.c_str(), path, sizeof(path));
  if (length <= 0) return "";
  std::string file(path, length);
  return file.substr(file.rfind('/') + 1, SOCKSCOPE_NAME_SIZE);
}

// Since Node 22 every Node process has this name (comm), which says nothing.
std::string told_apart(uint32_t pid, const std::string& name) {
  std::string file = name == "MainThread" ? file_name_of(pid) : "";
  return file.empty() ? name : file;
}

std::string name_in(const socket_record& row) {
  return told_apart(row.pid, std::string(row.name, strnlen(row.name, sizeof(row.name))));
}

// Empty: it has ended.
std::string name_of(uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name{std::istreambuf_iterator<char>(file), {}};
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return told_apart(pid, name.substr(0, SOCKSCOPE_NAME_SIZE));
}

JsonObject process(uint32_t pid, const std::string& name) {
  return JsonObject().number("pid", pid).text("name", name);
}

std::string process_summary(uint32_t pid, const std::string& name) {
  return quoted(name) + " (pid " + std::to_string(pid) + ")";
}

const char* fault_name(const outage_rule& rule) {
  switch (rule.fault) {
    case OUTAGE_REFUSED:
      return "refused";
    case OUTAGE_UNREACHABLE:
      return "unreachable";
    case OUTAGE_DENIED:
      return "denied";
    case OUTAGE_BLACKHOLE:
      if (rule.loss != 0) return "loss";
      if (rule.rate != 0) return "rate";
      return rule.living_only ? "half-open" : "blackhole";
  }
  return "unknown";
}

const char* direction_name(uint8_t direction) {
  if (direction == DIRECTION_IN) return "in";
  return direction == DIRECTION_OUT ? "out" : "both";
}

// How long from now on, by the kernel's clock.
int64_t left_ms(uint64_t expires_ns) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  auto at = static_cast<int64_t>(expires_ns / kNsPerMs);
  return at - (now.tv_sec * 1000 + now.tv_nsec / static_cast<int64_t>(kNsPerMs));
}

bool is_open(const DestroyReply& reply) { return reply.remains == static_cast<uint32_t>(Remains::kOpen); }

bool is_closed(const DestroyReply& reply) {
  return reply.remains == static_cast<uint32_t>(Remains::kNothing) ||
         reply.remains == static_cast<uint32_t>(Remains::kPort);
}

// What udp_abort leaves: only a port that the process has bound itself. The process may have closed the
// socket by now, or sent from it again, which binds another port.
bool keeps_port(const DestroyReply& reply, const std::optional<socket_record>& row) {
  uint8_t origin = row ? row->flags & (SOCKSCOPE_AUTOBOUND | SOCKSCOPE_PORT_BOUND) : 0;
  return origin == 0 ? is_open(reply) : origin == SOCKSCOPE_PORT_BOUND;
}

// It closed before anything was done, or while an engine had it that gave no answer.
bool is_gone(const DestroyReply& reply) {
  bool has_engine = reply.engine != static_cast<uint32_t>(DestroyEngine::kAuto);
  if (reply.status == DESTROY_DONE) return reply.error == ENOENT && !is_open(reply);
  if (reply.status != DESTROY_PENDING || is_open(reply)) return false;
  // Without an engine, it was judged to be closed.
  return reply.error == ENOENT || is_closed(reply) || (reply.error == 0 && !has_engine);
}

std::string rule_summary(uint32_t index) { return "rule " + std::to_string(index); }

// Which connects and packets a rule is for.
void add_selection(JsonObject& subject, const OutageRequest& request, const outage_rule& rule) {
  JsonObject remote;
  if (rule.has_address) remote.text("address", address_text(AF_INET6, rule.remote_address));
  if (rule.remote_port != 0) remote.number("port", rule.remote_port);
  subject.object("remote", remote);
  if (rule.netns != 0) subject.number("netns", rule.netns);
  if (rule.protocol != 0) subject.text("protocol", protocol_name(rule.protocol));
  if (rule.has_uid) subject.number("of_uid", rule.uid);
  if (rule.has_processes) subject.number("processes", request.processes);
}

}  // namespace

Act destroy_act(const ClaimedClient& claimed, const DestroyTarget& target,
                const std::optional<socket_record>& row, bool takes_over) {
  bool is_listener = (row ? row->state : target.state) == kListen;
  Act act{takes_over && is_listener ? "take-over" : "destroy", claimed, {}, {}, ""};
  act.subject = row ? socket_fields(*row) : socket_fields(target);
  act.summary = protocol_name(target.protocol) + " port " + std::to_string(target.local_port);
  if (!row) return act;
  std::string name = name_in(*row);
  JsonObject owner = process(row->pid, name);
  if (row->owner_uid != SOCKSCOPE_NO_UID) owner.number("uid", row->owner_uid);
  act.process.object("owner", owner);
  act.summary += " of " + process_summary(row->pid, name);
  return act;
}

const char* tune_name(const tcp_tuning& tuning) {
  return tuning.settings == TUNE_RESTORE ? "restore" : "tune";
}

Act tune_act(const ClaimedClient& claimed, const DestroyTarget& target,
             const std::optional<socket_record>& row, const tcp_tuning& tuning) {
  Act act = destroy_act(claimed, target, row, false);
  act.name = tune_name(tuning);
  if (tuning.settings & TUNE_KEEPALIVE) {
    JsonObject keepalive;
    if (tuning.keepalive)
      keepalive.number("idle_s", tuning.keepalive_idle_s)
          .number("interval_s", tuning.keepalive_interval_s)
          .number("probes", tuning.keepalive_probes);
    act.subject.object("keepalive", keepalive);
  }
  if (tuning.settings & TUNE_USER_TIMEOUT) act.subject.number("user_timeout_ms", tuning.user_timeout_ms);
  return act;
}

Act signal_act(const ClaimedClient& claimed, const SignalRequest& request) {
  std::string name = name_of(request.pid);
  Act act{"signal", claimed, {}, {}, process_summary(request.pid, name)};
  act.subject.number("signal", request.signal);
  act.process.object("process",
                     process(request.pid, name).text("start_time", std::to_string(request.start_time)));
  return act;
}

Act bind_act(const ClaimedClient& claimed, const BindRequest& request) {
  std::string protocol = protocol_name(request.protocol);
  Act act{"bind-trial", claimed, {}, {}, protocol + " port " + std::to_string(request.port)};
  JsonObject local = request.family == 0 ? JsonObject().number("port", request.port)
                                         : endpoint(request.family, request.address, request.port);
  act.subject.number("netns", request.netns).text("protocol", protocol).object("local", local);
  return act;
}

Act set_outage_act(const ClaimedClient& claimed, const OutageRequest& request, const outage_rule& rule) {
  Act act{"set-outage", claimed, {}, {}, rule_summary(request.index)};
  act.subject.number("rule", request.index).text("fault", fault_name(rule));
  add_selection(act.subject, request, rule);
  if (rule.loss != 0) act.subject.number("parts_per_million", rule.loss).number("seed", rule.seed);
  if (rule.rate != 0) act.subject.number("bytes_per_second", rule.rate);
  if (rule.loss != 0 || rule.rate != 0 || rule.living_only)
    act.subject.text("direction", direction_name(rule.direction));
  act.subject.number("connections", request.cookies).number("for_ms", left_ms(rule.expires_ns));
  if (rule.hold_ns != 0) act.subject.number("hold_ms", static_cast<int64_t>(rule.hold_ns / kNsPerMs));
  return act;
}

Act extend_outage_act(const ClaimedClient& claimed, const rule_process& added) {
  std::string name = name_of(added.pid);
  Act act{
      "extend-outage", claimed, {}, {}, rule_summary(added.rule) + ", " + process_summary(added.pid, name)};
  act.subject.number("rule", added.rule);
  act.process.object("process", process(added.pid, name));
  return act;
}

Act clear_outage_act(const ClaimedClient& claimed, uint32_t index) {
  Act act{"clear-outage", claimed, {}, {}, rule_summary(index)};
  act.subject.number("rule", index);
  return act;
}

Act capture_act(const ClaimedClient& claimed, const OutageRequest& request, const outage_rule& rule) {
  Act act{"capture", claimed, {}, {}, rule_summary(request.index)};
  act.subject.number("rule", request.index);
  add_selection(act.subject, request, rule);
  act.subject.number("connections", request.cookies).number("for_ms", left_ms(rule.expires_ns));
  return act;
}

Act end_capture_act(const ClaimedClient& claimed) { return {"end-capture", claimed, {}, {}, "capture"}; }

const char* outcome_of(const DestroyReply& reply, const DestroyTarget& target,
                       const std::optional<socket_record>& row) {
  bool is_done = reply.status == DESTROY_DONE && reply.error == 0;
  if (is_done && target.protocol == IPPROTO_UDP) return keeps_port(reply, row) ? "reset" : "destroyed";
  if (is_done) return is_closed(reply) ? "destroyed" : "failed";
  if (is_gone(reply)) return "gone";
  switch (reply.status) {
    case DESTROY_CHANGED:
      return "changed";
    case DESTROY_KERNEL:
      return "protected";
    case DESTROY_MINISOCK:
    case DESTROY_BACKLOG:
    case DESTROY_NO_KFUNC:
      return "unsupported";
  }
  return "failed";
}

const char* tune_outcome_of(const DestroyReply& reply, const DestroyTarget&,
                            const std::optional<socket_record>&) {
  switch (reply.status) {
    case DESTROY_DONE:
      return reply.error == 0 ? "tuned" : reply.error == ENODATA ? "unknown" : "failed";
    case DESTROY_PENDING:
      return reply.error == 0 ? "gone" : "failed";
    case DESTROY_CHANGED:
      return "changed";
    case DESTROY_KERNEL:
      return "protected";
    case DESTROY_MINISOCK:
      return "gone";
    case DESTROY_NO_KFUNC:
      return "unsupported";
  }
  return "failed";
}

const char* engine_name(uint32_t engine) {
  switch (static_cast<DestroyEngine>(engine)) {
    case DestroyEngine::kBpf:
      return "bpf";
    case DestroyEngine::kSockDiag:
      return "sock_diag";
    case DestroyEngine::kAuto:
      break;
  }
  return "";
}

const char* method_name(uint32_t method) {
  switch (static_cast<ClaimedMethod>(method)) {
    case ClaimedMethod::kDestroy:
      return "sockets/destroy";
    case ClaimedMethod::kDestroyNext:
      return "sockets/destroyNext";
    case ClaimedMethod::kDrill:
      return "drills/run";
    case ClaimedMethod::kStartOutage:
      return "outages/start";
    case ClaimedMethod::kStopOutage:
      return "outages/stop";
    case ClaimedMethod::kSignal:
      return "processes/signal";
    case ClaimedMethod::kBind:
      return "ports/bind";
    case ClaimedMethod::kExplain:
      return "ports/explain";
    case ClaimedMethod::kTune:
      return "sockets/tune";
    case ClaimedMethod::kDegrade:
      return "degrades/run";
    case ClaimedMethod::kStartCapture:
      return "captures/start";
    case ClaimedMethod::kStopCapture:
      return "captures/stop";
  }
  return "unknown";
}

}  // namespace sockscope
