// What a line of the audit log says of an act: the fields of the socket, process or outage that it is about.
#pragma once

#include <optional>
#include <string>

#include "audit/json.h"
#include "bpf/records.h"
#include "shared/broker_protocol.h"

namespace sockscope {

struct Act {
  std::string name;  // destroy, take-over, tune, restore, signal, bind-trial, set-outage, extend-outage,
                     // clear-outage, capture, end-capture
  ClaimedClient claimed;
  JsonObject subject;
  JsonObject process;   // `owner` or `process`, of a socket or of its own; may be empty
  std::string summary;  // of the subject, without remote addresses
};

// A target as the broker read it: `row`, where a process holds it.
Act destroy_act(const ClaimedClient& claimed, const DestroyTarget& target,
                const std::optional<socket_record>& row, bool takes_over);
// `tune`, `restore`
const char* tune_name(const tcp_tuning& tuning);
// Likewise, of a TCP connection.
Act tune_act(const ClaimedClient& claimed, const DestroyTarget& target,
             const std::optional<socket_record>& row, const tcp_tuning& tuning);
// Reads the name of the process.
Act signal_act(const ClaimedClient& claimed, const SignalRequest& request);
Act bind_act(const ClaimedClient& claimed, const BindRequest& request);
// `rule`: as it is put into force, within the scope.
Act set_outage_act(const ClaimedClient& claimed, const OutageRequest& request, const outage_rule& rule);
Act extend_outage_act(const ClaimedClient& claimed, const rule_process& added);
Act clear_outage_act(const ClaimedClient& claimed, uint32_t index);
Act capture_act(const ClaimedClient& claimed, const OutageRequest& request, const outage_rule& rule);
Act end_capture_act(const ClaimedClient& claimed);

// `destroyed`, `reset` (a UDP socket that keeps its port), `gone`, `changed`, `protected`, `unsupported` or
// `failed`: what the engine answered, and what was there afterwards.
const char* outcome_of(const DestroyReply& reply, const DestroyTarget& target,
                       const std::optional<socket_record>& row);
// `tuned` (or restored), `gone`, `changed`, `protected`, `unsupported`, `unknown` (what it had before) or
// `failed`.
const char* tune_outcome_of(const DestroyReply& reply, const DestroyTarget& target,
                            const std::optional<socket_record>& row);
// `bpf`, `sock_diag`; empty: none was tried.
const char* engine_name(uint32_t engine);

// As clients call it, such as `sockets/destroy`; `unknown` for other numbers.
const char* method_name(uint32_t method);

}  // namespace sockscope
