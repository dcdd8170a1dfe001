// The requests that name sockets, processes and ports.

#include "broker/audited_signal.h"
#include "broker/audited_targets.h"
#include "broker/broker.h"
#include "broker/payload.h"
#include "broker/tuning.h"
#include "law/outage_law.h"
#include "law/process_law.h"
#include "scans/process_files.h"
#include "scans/target_namespaces.h"
#include "scans/tcp_timers.h"
#include "scans/working_directory.h"

namespace sockscope {

namespace {

Deadline end_of(const DestroyRequest& request) {
  return request.until_ns == 0 ? Deadline::max() : Deadline(std::chrono::nanoseconds(request.until_ns));
}

// Who owns one end of a connection can reset the other, but has no say in its options; and what no process
// holds has nobody to notice.
std::vector<Judgement> of_holders(std::vector<Judgement> judgements) {
  for (Judgement& judgement : judgements) {
    if (judgement.verdict != Verdict::kAllowed) continue;
    if (!judgement.row) judgement.verdict = Verdict::kUnseen;
    if (!judgement.is_watchable) judgement.verdict = Verdict::kDenied;
  }
  return judgements;
}

}  // namespace

void Broker::destroy(const Message& message) {
  auto [client, request] = claimed(message);
  Deadline start = Clock::now();
  DestroyRequest header;
  std::vector<DestroyTarget> targets = targets_of(request, header);
  auto engine = static_cast<DestroyEngine>(header.engine);
  if (header.takes_over && engine == DestroyEngine::kSockDiag)
    throw SystemError("take over by sock_diag", EINVAL);
  DestroyOptions options = {engine, header.takes_over == 1, end_of(header)};
  auto act_of = [&, &claimed = client](const DestroyTarget& target, const AuditedTargets::Row& row) {
    return destroy_act(claimed, target, row, options.takes_over);
  };
  AuditedTargets destroy(audit_, client, {"destroy", act_of, outcome_of});
  // The agent's opinion of what its client may destroy is not asked.
  destroy.judge(targets, socket_law_.judge(targets), {header.refused, header.as_seen == 1});
  std::vector<DestroyReply> replies = destroy.carry_out([&](const std::vector<DestroyTarget>& allowed) {
    // Closed before the answer, after which nothing of the request is left.
    TargetNamespaces namespaces(inventory_, reader_);
    std::vector<DestroyReply> done = destroyer_.destroy(options, allowed, namespaces, start);
    verifier_.verify(allowed, done, namespaces);
    return done;
  });
  inventory_.invalidate();
  reply(message, replies.data(), replies.size() * sizeof(DestroyReply));
}

void Broker::tune(const Message& message) {
  auto [client, request] = claimed(message);
  Deadline start = Clock::now();
  TuneRequest header;
  std::vector<DestroyTarget> targets = targets_of(request, header);
  auto act_of = [&, &claimed = client](const DestroyTarget& target, const AuditedTargets::Row& row) {
    return tune_act(claimed, target, row, header.tuning);
  };
  AuditedTargets tuned(audit_, client, {tune_name(header.tuning), act_of, tune_outcome_of});
  tuned.judge(targets, of_holders(socket_law_.judge(targets)), {header.refused, false});
  std::vector<DestroyReply> replies = tuned.carry_out([&](const std::vector<DestroyTarget>& allowed) {
    TargetNamespaces namespaces(inventory_, reader_);
    return sockscope::tune(engines_.tuner.get(), allowed, namespaces, header.tuning, start);
  });
  reply(message, replies.data(), replies.size() * sizeof(DestroyReply));
}

// The same reading as of a destroy, which judges again: by then another process may hold the socket.
void Broker::judge(const Message& request) {
  std::vector<JudgeReply> replies;
  for (const Judgement& judgement : socket_law_.judge(targets_of(request)))
    replies.push_back({static_cast<uint32_t>(judgement.verdict), judgement.is_watchable});
  reply(request, replies.data(), replies.size() * sizeof(JudgeReply));
}

// Likewise, of a signal.
void Broker::judge_processes(const Message& request) {
  std::vector<Verdict> verdicts;
  for (const ProcessTarget& process : all_of<ProcessTarget>(request.payload, 0, kMaxPids))
    verdicts.push_back(sockscope::judge(scope_, process));
  reply(request, verdicts.data(), verdicts.size() * sizeof(Verdict));
}

void Broker::inspect(const Message& request) {
  DestroyRequest header;
  std::vector<DestroyTarget> targets = targets_of(request, header);
  std::vector<DestroyReply> replies = destroyer_.inspect(targets, TargetNamespaces(inventory_, reader_));
  reply(request, replies.data(), replies.size() * sizeof(DestroyReply));
}

// Those of these sockets that a process of the scope holds.
std::vector<uint64_t> Broker::covered(const std::vector<uint64_t>& cookies) {
  return within_scope(cookies, inventory_, scope_);
}

void Broker::socket_detail(const Message& request) {
  SocketDetail detail = detail_reader_.read(exactly<DestroyTarget>(request));
  reply(request, &detail, sizeof(detail));
}

void Broker::tcp_timers(const Message& request) {
  std::vector<TcpTimers> timers = read_timers(engines_.timers.get(), targets_of(request));
  reply(request, timers.data(), timers.size() * sizeof(TcpTimers));
}

// One that is denied or has ended must not hide the others.
void Broker::working_directories(const Message& request) {
  std::vector<char> payload;
  for (uint32_t number : all_of<uint32_t>(request.payload, 0, kMaxPids)) {
    auto pid = static_cast<pid_t>(number);
    std::string path;
    WorkingDirectory header = {};
    try {
      path = working_directory(pid, [&] { require_covered(scope_, pid); });
      header.length = path.size();
    } catch (const SystemError& failure) {
      header.error = failure.code();
    }
    append(payload, &header, 1);
    append(payload, path.data(), path.size());
  }
  reply(request, payload.data(), payload.size());
}

void Broker::carriers(const Message& request) {
  std::vector<Carrier> kinds;
  for (uint32_t pid : all_of<uint32_t>(request.payload, 0, kMaxPids))
    kinds.push_back(carrier_law_.kind_of(static_cast<pid_t>(pid)));
  reply(request, kinds.data(), kinds.size() * sizeof(Carrier));
}

void Broker::process_files(const Message& request) {
  std::vector<char> payload;
  for (uint32_t number : all_of<uint32_t>(request.payload, 0, kMaxPids)) {
    auto pid = static_cast<pid_t>(number);
    std::vector<std::string> texts;
    ProcessFiles header = {};
    try {
      texts = read_process_files(pid, [&] { require_covered(scope_, pid); });
    } catch (const SystemError& failure) {
      header.error = failure.code();
    }
    for (size_t at = 0; at < texts.size(); at++) header.lengths[at] = texts[at].size();
    append(payload, &header, 1);
    for (const std::string& text : texts) append(payload, text.data(), text.size());
  }
  reply(request, payload.data(), payload.size());
}

void Broker::bind_trials(const Message& message) {
  auto [client, request] = claimed(message);
  BindRequest trial = exactly<BindRequest>(request);
  Act act = bind_act(client, trial);
  UniqueFd netns = inventory_.open(trial.netns);
  bool is_privileged = false;
  try {
    namespace_law_.require_covered(trial.netns, netns.get());
    is_privileged = bind_law_.is_privileged(trial, netns.get());
    if (is_privileged) bind_law_.require_rate();
  } catch (const SystemError& error) {
    if (error.code() == EPERM) audit_.refuse(act, {"denied", "", 0, "scope"});
    if (error.code() == EDQUOT) audit_.refuse(act, {"denied", "", 0, "rate"});
    throw;
  }
  std::vector<BindRecord> trials;
  auto run = [&] { trials = bind_walker_.run(trial, netns.get()); };
  if (is_privileged)
    audit_.around(act, run);
  else
    run();
  reply(message, trials.data(), trials.size() * sizeof(BindRecord));
}

void Broker::signal(const Message& message) {
  auto [client, request] = claimed(message);
  SignalRequest asked = exactly<SignalRequest>(request);
  AuditedSignal(audit_, client, asked).send([&] { require_covered(scope_, static_cast<pid_t>(asked.pid)); });
  reply(message);
}

}  // namespace sockscope
