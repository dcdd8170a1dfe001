#include "addon/layout.h"

#include <cstddef>
#include <initializer_list>
#include <utility>

#include "bpf/records.h"
#include "broker/requests.h"
#include "join/page.h"
#include "scans/process_files.h"
#include "shared/broker_protocol.h"
#include "shared/privileges.h"

namespace sockscope {

namespace {

using Numbers = std::initializer_list<std::pair<const char*, size_t>>;

Napi::Object to_object(Napi::Env env, Numbers numbers) {
  Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, number] : numbers) object.Set(name, static_cast<double>(number));
  object.Freeze();
  return object;
}

Napi::Object struct_layout(Napi::Env env, size_t size, Numbers offsets) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("size", static_cast<double>(size));
  object.Set("offsets", to_object(env, offsets));
  return object;
}

template <typename Enum>
size_t number(Enum value) {
  return static_cast<size_t>(value);
}

Napi::Array capabilities_table(Napi::Env env, const Privileges& privileges) {
  Napi::Array table = Napi::Array::New(env);
  for (const KeptCapability& each : privileges.capabilities) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", each.name);
    row.Set("number", each.number);
    row.Set("use", each.use);
    row.Set("onlyWithoutLister", each.only_without_lister);
    table[table.Length()] = row;
  }
  return table;
}

Napi::Array limits_table(Napi::Env env, const Privileges& privileges) {
  Napi::Array table = Napi::Array::New(env);
  for (const Limit& each : privileges.limits) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", each.name);
    row.Set("value", each.value == RLIM_INFINITY ? env.Null() : Napi::Number::New(env, each.value));
    row.Set("reason", each.reason);
    table[table.Length()] = row;
  }
  return table;
}

Napi::Array privileges_table(Napi::Env env) {
  Napi::Array table = Napi::Array::New(env);
  for (const Privileges& each : all_privileges()) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("process", each.name);
    row.Set("uid", each.uid);
    row.Set("capabilities", capabilities_table(env, each));
    row.Set("calls", each.calls_in_words);
    row.Set("limits", limits_table(env, each));
    table[table.Length()] = row;
  }
  return table;
}

}  // namespace

#define FIELD(type, field) \
  { #field, offsetof(type, field) }
#define TUPLE(type)                                                                              \
  FIELD(type, family), FIELD(type, protocol), FIELD(type, local_port), FIELD(type, remote_port), \
      FIELD(type, local_address), FIELD(type, remote_address)
#define ADD(type, ...) layout.Set(#type, struct_layout(env, sizeof(type), {__VA_ARGS__}))

Napi::Object make_layout(Napi::Env env) {
  using message_header = MessageHeader;
  using broker_features = BrokerFeatures;
  using list_request = ListRequest;
  using list_reply = ListReply;
  using namespace_record = NamespaceRecord;
  using socket_end = SocketEnd;
  using socket_detail = SocketDetail;
  using tcp_timers = TcpTimers;
  using destroy_request = DestroyRequest;
  using tune_request = TuneRequest;
  using outage_request = OutageRequest;
  using capture_request = CaptureRequest;
  using capture_reply = CaptureReply;
  using destroy_target = DestroyTarget;
  using judge_reply = JudgeReply;
  using destroy_reply = DestroyReply;
  using bind_record = BindRecord;
  using bind_request = BindRequest;
  using process_target = ProcessTarget;
  using signal_request = SignalRequest;
  using process_files = ProcessFiles;
  using working_directory = WorkingDirectory;
  using claimed_client = ClaimedClient;
  using audit_request = AuditRequest;
  using audit_reply = AuditReply;
  using history_header = HistoryHeader;
  Napi::Object layout = Napi::Object::New(env);
  ADD(socket_record, FIELD(socket_record, cookie), FIELD(socket_record, inode),
      FIELD(socket_record, start_time), FIELD(socket_record, netns), FIELD(socket_record, pid),
      FIELD(socket_record, fd), FIELD(socket_record, uid), FIELD(socket_record, owner_uid),
      TUPLE(socket_record), FIELD(socket_record, state), FIELD(socket_record, flags),
      FIELD(socket_record, owners_left_out), FIELD(socket_record, name), FIELD(socket_record, snd_nxt),
      FIELD(socket_record, rcv_nxt));
  ADD(joined_socket, FIELD(joined_socket, row), FIELD(joined_socket, owners_begin),
      FIELD(joined_socket, owners_count), FIELD(joined_socket, peer), FIELD(joined_socket, queue),
      FIELD(joined_socket, whole), FIELD(joined_socket, same_as), FIELD(joined_socket, container),
      FIELD(joined_socket, flags));
  ADD(page_address, FIELD(page_address, bytes), FIELD(page_address, family));
  ADD(connect_filter, FIELD(connect_filter, netns), FIELD(connect_filter, protocol),
      FIELD(connect_filter, remote_port), FIELD(connect_filter, reports), FIELD(connect_filter, follows),
      FIELD(connect_filter, watched));
  ADD(attempt_event, FIELD(attempt_event, at_ns), FIELD(attempt_event, cookie), FIELD(attempt_event, netns),
      FIELD(attempt_event, pid), FIELD(attempt_event, parent), FIELD(attempt_event, uid),
      FIELD(attempt_event, error), FIELD(attempt_event, family), FIELD(attempt_event, protocol),
      FIELD(attempt_event, remote_port), FIELD(attempt_event, kind), FIELD(attempt_event, old_state),
      FIELD(attempt_event, new_state), FIELD(attempt_event, remote_address), FIELD(attempt_event, name));
  ADD(attempt_losses, FIELD(attempt_losses, refusals), FIELD(attempt_losses, others),
      FIELD(attempt_losses, first_ns), FIELD(attempt_losses, last_ns));
  ADD(outage_rule, FIELD(outage_rule, expires_ns), FIELD(outage_rule, hold_ns), FIELD(outage_rule, netns),
      FIELD(outage_rule, uid), FIELD(outage_rule, subuids), FIELD(outage_rule, protocol),
      FIELD(outage_rule, remote_port), FIELD(outage_rule, fault), FIELD(outage_rule, has_uid),
      FIELD(outage_rule, has_address), FIELD(outage_rule, has_processes), FIELD(outage_rule, remote_address),
      FIELD(outage_rule, loss), FIELD(outage_rule, seed), FIELD(outage_rule, rate),
      FIELD(outage_rule, direction), FIELD(outage_rule, living_only));
  ADD(uid_range, FIELD(uid_range, first), FIELD(uid_range, count));
  ADD(outage_request, FIELD(outage_request, index), FIELD(outage_request, processes),
      FIELD(outage_request, cookies), FIELD(outage_request, rule));
  ADD(capture_request, FIELD(capture_request, snap), FIELD(capture_request, outage));
  ADD(capture_reply, FIELD(capture_reply, lost));
  ADD(capture_record, FIELD(capture_record, at_ns), FIELD(capture_record, cookie),
      FIELD(capture_record, length), FIELD(capture_record, captured), FIELD(capture_record, pid),
      FIELD(capture_record, kind), FIELD(capture_record, name));
  ADD(packet_count, FIELD(packet_count, seen), FIELD(packet_count, dropped), FIELD(packet_count, bytes));
  ADD(outage_count, FIELD(outage_count, connects), FIELD(outage_count, sockets), FIELD(outage_count, in),
      FIELD(outage_count, out));
  ADD(message_header, FIELD(message_header, type), FIELD(message_header, id), FIELD(message_header, length),
      FIELD(message_header, error), FIELD(message_header, sent_ns), FIELD(message_header, place));
  ADD(broker_features, FIELD(broker_features, list), FIELD(broker_features, destroy),
      FIELD(broker_features, sock_diag_destroy), FIELD(broker_features, hooks), FIELD(broker_features, btf),
      FIELD(broker_features, events), FIELD(broker_features, timers), FIELD(broker_features, tune),
      FIELD(broker_features, history), FIELD(broker_features, capture));
  ADD(list_request, FIELD(list_request, ports), FIELD(list_request, namespaces),
      FIELD(list_request, processes));
  ADD(list_reply, FIELD(list_reply, sockets), FIELD(list_reply, owned), FIELD(list_reply, namespaces),
      FIELD(list_reply, ends), FIELD(list_reply, lost_events), FIELD(list_reply, sockets_left_out),
      FIELD(list_reply, owners_left_out));
  ADD(namespace_record, FIELD(namespace_record, netns), FIELD(namespace_record, error));
  ADD(socket_end, FIELD(socket_end, cookie), FIELD(socket_end, netns), FIELD(socket_end, flags),
      FIELD(socket_end, error));
  ADD(socket_detail, FIELD(socket_detail, receive_queue), FIELD(socket_detail, send_queue),
      FIELD(socket_detail, timer), FIELD(socket_detail, timer_retransmits), FIELD(socket_detail, has_tcp),
      FIELD(socket_detail, timer_expires_ms), FIELD(socket_detail, rtt_us),
      FIELD(socket_detail, rtt_variance_us), FIELD(socket_detail, min_rtt_us),
      FIELD(socket_detail, retransmitting), FIELD(socket_detail, total_retransmits),
      FIELD(socket_detail, unacked), FIELD(socket_detail, lost), FIELD(socket_detail, congestion_window),
      FIELD(socket_detail, send_mss), FIELD(socket_detail, path_mtu), FIELD(socket_detail, last_data_sent_ms),
      FIELD(socket_detail, last_data_received_ms), FIELD(socket_detail, last_ack_received_ms),
      FIELD(socket_detail, bytes_sent), FIELD(socket_detail, bytes_acked),
      FIELD(socket_detail, bytes_received), FIELD(socket_detail, bytes_retransmitted),
      FIELD(socket_detail, delivery_rate), FIELD(socket_detail, congestion_control));
  ADD(tcp_timers, FIELD(tcp_timers, keepalive_time_ms), FIELD(tcp_timers, keepalive_interval_ms),
      FIELD(tcp_timers, user_timeout_ms), FIELD(tcp_timers, rto_ms), FIELD(tcp_timers, rto_max_ms),
      FIELD(tcp_timers, rtt_us), FIELD(tcp_timers, unacked), FIELD(tcp_timers, send_window),
      FIELD(tcp_timers, since_ack_ms), FIELD(tcp_timers, since_data_ms), FIELD(tcp_timers, found),
      FIELD(tcp_timers, state), FIELD(tcp_timers, keepalive), FIELD(tcp_timers, keepalive_probes),
      FIELD(tcp_timers, retries), FIELD(tcp_timers, retransmits), FIELD(tcp_timers, probes_out));
  ADD(destroy_request, FIELD(destroy_request, engine), FIELD(destroy_request, count),
      FIELD(destroy_request, takes_over), FIELD(destroy_request, refused), FIELD(destroy_request, as_seen),
      FIELD(destroy_request, until_ns));
  ADD(tune_request, FIELD(tune_request, count), FIELD(tune_request, refused), FIELD(tune_request, tuning));
  ADD(tcp_tuning, FIELD(tcp_tuning, settings), FIELD(tcp_tuning, keepalive),
      FIELD(tcp_tuning, keepalive_idle_s), FIELD(tcp_tuning, keepalive_interval_s),
      FIELD(tcp_tuning, keepalive_probes), FIELD(tcp_tuning, user_timeout_ms));
  ADD(destroy_target, FIELD(destroy_target, cookie), FIELD(destroy_target, netns),
      FIELD(destroy_target, state), TUPLE(destroy_target), FIELD(destroy_target, owner));
  ADD(judge_reply, FIELD(judge_reply, verdict), FIELD(judge_reply, watchable));
  ADD(destroy_reply, FIELD(destroy_reply, cookie), FIELD(destroy_reply, netns), FIELD(destroy_reply, engine),
      FIELD(destroy_reply, status), FIELD(destroy_reply, error), FIELD(destroy_reply, remains));
  ADD(bind_record, FIELD(bind_record, address), FIELD(bind_record, family), FIELD(bind_record, reuseaddr),
      FIELD(bind_record, error));
  ADD(bind_request, FIELD(bind_request, netns), FIELD(bind_request, port), FIELD(bind_request, protocol),
      FIELD(bind_request, address), FIELD(bind_request, family));
  ADD(process_target, FIELD(process_target, start_time), FIELD(process_target, pid));
  ADD(signal_request, FIELD(signal_request, start_time), FIELD(signal_request, pid),
      FIELD(signal_request, signal), FIELD(signal_request, refused));
  ADD(process_files, FIELD(process_files, error), FIELD(process_files, lengths));
  ADD(working_directory, FIELD(working_directory, length), FIELD(working_directory, error));
  ADD(claimed_client, FIELD(claimed_client, uid), FIELD(claimed_client, pid), FIELD(claimed_client, method));
  ADD(audit_request, FIELD(audit_request, since_ms));
  ADD(audit_reply, FIELD(audit_reply, complete));
  ADD(history_header, FIELD(history_header, lost));
  ADD(connection_event, FIELD(connection_event, cookie), FIELD(connection_event, at_ns),
      FIELD(connection_event, began_ns), FIELD(connection_event, opened_ns), FIELD(connection_event, sent),
      FIELD(connection_event, received), FIELD(connection_event, start_time), FIELD(connection_event, netns),
      FIELD(connection_event, pid), FIELD(connection_event, uid), FIELD(connection_event, parent),
      FIELD(connection_event, error), FIELD(connection_event, family), FIELD(connection_event, local_port),
      FIELD(connection_event, remote_port), FIELD(connection_event, kind), FIELD(connection_event, flags),
      FIELD(connection_event, local_address), FIELD(connection_event, remote_address),
      FIELD(connection_event, name));
  return layout;
}

Napi::Object make_constants(Napi::Env env) {
  Napi::Object constants = Napi::Object::New(env);
  Napi::Object message = Napi::Object::New(env), rules = Napi::Object::New(env);
  for (const Request& request : all_requests()) {
    message.Set(request.name, static_cast<double>(request.type));
    rules.Set(request.name, rule_name(request.rule));
  }
  message.Set("attempts", static_cast<double>(MessageType::kAttempts));
  message.Set("attemptsLost", static_cast<double>(MessageType::kAttemptsLost));
  message.Set("changed", static_cast<double>(MessageType::kChanged));
  message.Set("waits", static_cast<double>(MessageType::kWaits));
  message.Set("history", static_cast<double>(MessageType::kHistory));
  message.Set("packets", static_cast<double>(MessageType::kPackets));
  constants.Set("message", message);
  constants.Set("places", to_object(env, {{"count", kPlaces}, {"bytes", kPlaceBytes}}));
  constants.Set("requestRules", rules);
  constants.Set("privileges", privileges_table(env));
  constants.Set("engine", to_object(env, {{"auto", number(DestroyEngine::kAuto)},
                                          {"bpf", number(DestroyEngine::kBpf)},
                                          {"sock_diag", number(DestroyEngine::kSockDiag)}}));
  constants.Set("destroyStatus", to_object(env, {{"pending", DESTROY_PENDING},
                                                 {"done", DESTROY_DONE},
                                                 {"changed", DESTROY_CHANGED},
                                                 {"kernel", DESTROY_KERNEL},
                                                 {"minisock", DESTROY_MINISOCK},
                                                 {"backlog", DESTROY_BACKLOG},
                                                 {"noKfunc", DESTROY_NO_KFUNC},
                                                 {"held", DESTROY_HELD},
                                                 {"denied", DESTROY_DENIED},
                                                 {"left", DESTROY_LEFT},
                                                 {"stale", DESTROY_STALE}}));
  constants.Set("tuning", to_object(env, {{"keepalive", TUNE_KEEPALIVE},
                                          {"keepaliveTimes", TUNE_KEEPALIVE_TIMES},
                                          {"userTimeout", TUNE_USER_TIMEOUT},
                                          {"restore", TUNE_RESTORE}}));
  constants.Set("remains", to_object(env, {{"unknown", number(Remains::kUnknown)},
                                           {"nothing", number(Remains::kNothing)},
                                           {"port", number(Remains::kPort)},
                                           {"open", number(Remains::kOpen)}}));
  constants.Set("verdict", to_object(env, {{"allowed", number(Verdict::kAllowed)},
                                           {"denied", number(Verdict::kDenied)},
                                           {"gone", number(Verdict::kGone)},
                                           {"changed", number(Verdict::kChanged)},
                                           {"unseen", number(Verdict::kUnseen)}}));
  constants.Set("carrier", to_object(env, {{"none", number(Carrier::kNone)},
                                           {"own", number(Carrier::kOwn)},
                                           {"session", number(Carrier::kSession)},
                                           {"editor", number(Carrier::kEditor)}}));
  constants.Set("claimedMethod", to_object(env, {{"sockets/destroy", number(ClaimedMethod::kDestroy)},
                                                 {"sockets/destroyNext", number(ClaimedMethod::kDestroyNext)},
                                                 {"drills/run", number(ClaimedMethod::kDrill)},
                                                 {"outages/start", number(ClaimedMethod::kStartOutage)},
                                                 {"outages/stop", number(ClaimedMethod::kStopOutage)},
                                                 {"processes/signal", number(ClaimedMethod::kSignal)},
                                                 {"ports/bind", number(ClaimedMethod::kBind)},
                                                 {"ports/explain", number(ClaimedMethod::kExplain)},
                                                 {"sockets/tune", number(ClaimedMethod::kTune)},
                                                 {"degrades/run", number(ClaimedMethod::kDegrade)},
                                                 {"captures/start", number(ClaimedMethod::kStartCapture)},
                                                 {"captures/stop", number(ClaimedMethod::kStopCapture)}}));
  constants.Set("flag", to_object(env, {{"orphan", SOCKSCOPE_ORPHAN},
                                        {"locked", SOCKSCOPE_LOCKED},
                                        {"mptcp", SOCKSCOPE_MPTCP},
                                        {"autobound", SOCKSCOPE_AUTOBOUND},
                                        {"portBound", SOCKSCOPE_PORT_BOUND}}));
  constants.Set("joinedFlag", to_object(env, {{"lifeline", kLifeline}, {"kernel", kKernels}}));
  constants.Set("endFlag", to_object(env, {{"here", kEndHere},
                                           {"peer", kEndPeer},
                                           {"exiting", kEndExiting},
                                           {"reset", kEndReset},
                                           {"closed", kEndClosed},
                                           {"ours", kEndOurs}}));
  constants.Set("attemptKind", to_object(env, {{"connect", ATTEMPT_CONNECT},
                                               {"state", ATTEMPT_STATE},
                                               {"error", ATTEMPT_ERROR},
                                               {"reset", ATTEMPT_RESET},
                                               {"bytes", ATTEMPT_BYTES},
                                               {"exit", PROCESS_EXIT},
                                               {"fork", PROCESS_FORK}}));
  constants.Set("connectionKind", to_object(env, {{"opened", CONNECTION_OPENED},
                                                  {"failed", CONNECTION_FAILED},
                                                  {"ended", CONNECTION_ENDED}}));
  constants.Set("connectionFlag", to_object(env, {{"out", CONNECTION_OUT},
                                                  {"in", CONNECTION_IN},
                                                  {"here", CONNECTION_HERE},
                                                  {"peer", CONNECTION_PEER},
                                                  {"exiting", CONNECTION_EXITING},
                                                  {"unsent", CONNECTION_UNSENT}}));
  constants.Set("fault", to_object(env, {{"refused", OUTAGE_REFUSED},
                                         {"unreachable", OUTAGE_UNREACHABLE},
                                         {"denied", OUTAGE_DENIED},
                                         {"blackhole", OUTAGE_BLACKHOLE}}));
  constants.Set("direction",
                to_object(env, {{"both", DIRECTION_BOTH}, {"in", DIRECTION_IN}, {"out", DIRECTION_OUT}}));
  constants.Set("allParts", ALL_PARTS);
  constants.Set("captureKind",
                to_object(env, {{"in", CAPTURE_IN}, {"out", CAPTURE_OUT}, {"connect", CAPTURE_CONNECT}}));
  constants.Set("maxPacketBytes", MAX_PACKET_BYTES);
  Napi::Array files = Napi::Array::New(env);
  for (const char* name : kProcessFiles) files[files.Length()] = Napi::String::New(env, name);
  constants.Set("processFiles", files);
  constants.Set("noUid", SOCKSCOPE_NO_UID);
  constants.Set("outageRules", OUTAGE_RULES);
  constants.Set("maxUidRanges", MAX_UID_RANGES);
  constants.Set("rawProtocol", SOCKSCOPE_RAW);
  return constants;
}

}  // namespace sockscope
