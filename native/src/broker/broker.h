// The broker's main loop: answers one request after the other until the agent is gone. Where one waits for a
// walker, the next ones are answered meanwhile.
#pragma once

#include <optional>

#include "audit/audit.h"
#include "broker/channel.h"
#include "broker/destroyer.h"
#include "broker/socket_file.h"
#include "broker/sparing.h"
#include "broker/verifier.h"
#include "broker/waiting_requests.h"
#include "engines/engines.h"
#include "law/bind_law.h"
#include "law/carrier_law.h"
#include "law/namespace_law.h"
#include "law/scope.h"
#include "law/socket_law.h"
#include "scans/bind_trial.h"
#include "scans/inventory.h"
#include "scans/namespace_reader.h"
#include "scans/socket_detail.h"
#include "shared/unique_fd.h"

namespace sockscope {

class Broker {
 public:
  // Serves this user, in this scope. `memory` receives the results of `list`; `parent` is a pidfd of the
  // agent.
  Broker(Served served, Audit audit, UniqueFd control, UniqueFd memory, UniqueFd parent, Engines engines);

  // For an agent that is about to ask for a list of all sockets, and loads its code meanwhile.
  void list_ahead();

  // Returns when the agent has ended or closed its end, or when SIGTERM came.
  void run();

 private:
  bool serve_once();
  bool flush_events();
  void begin(Message request);
  void handle(const Message& request);
  void answer(const Message& request);
  void list(const Message& request);
  void list_selected(const Message& request);
  void reply_listing(const Message& request, const Listing& listing, const RecordedEnds& recorded);
  Listing scan_after_events();
  Listing scan();
  void destroy(const Message& request);
  std::vector<uint64_t> covered(const std::vector<uint64_t>& cookies);
  void tune(const Message& request);
  void judge(const Message& request);
  void judge_processes(const Message& request);
  void inspect(const Message& request);
  void socket_detail(const Message& request);
  void tcp_timers(const Message& request);
  void working_directories(const Message& request);
  void process_files(const Message& request);
  void bind_trials(const Message& request);
  void signal(const Message& request);
  void watch_events(const Message& request);
  void unwatch_events(const Message& request);
  void watch_attempts(const Message& request);
  void unwatch_attempts(const Message& request);
  void watch_processes(const Message& request);
  void follow(const Message& request);
  void set_outage(const Message& request);
  void clear_outage(const Message& request);
  void extend_outage(const Message& request);
  void set_capture(const Message& request);
  void end_capture(const Message& request);
  void take_packets(const Message& request);
  void carriers(const Message& request);
  void outage_counts(const Message& request);
  void own_socket_file(const Message& request);
  void audit_lines(const Message& request);
  void forward_attempts();
  bool flush_attempts();
  bool send_attempts();
  void keep_history(const Message& request);
  void drop_history(const Message& request);
  void forward_history();
  bool flush_history();
  size_t send_history();
  int poll_timeout_ms();
  bool watches_attempts() const { return engines_.attempts && engines_.attempts->watching(); }
  bool keeps_history() const { return engines_.history && engines_.history->kept(); }
  bool has_outages() const { return engines_.outages && engines_.outages->active(); }
  bool watches_events() const { return engines_.events && engines_.events->watching(); }
  bool is_capturing() const { return engines_.capture && engines_.capture->rules().active(); }
  void renew_rules();
  void announce_changes();
  bool reap();
  void rest_if_due();
  void reply(const Message& request, const void* payload = nullptr, size_t length = 0);
  void write_memory(const void* data, size_t length, size_t offset) const;
  void free_memory(size_t begin, size_t end) const;

  Audit audit_;
  UniqueFd memory_, parent_, terminate_;
  Channel channel_;
  Engines engines_;
  Scope scope_;
  Inventory inventory_;
  NamespaceReader reader_;  // for the laws
  SocketLaw socket_law_;
  NamespaceLaw namespace_law_;
  BindLaw bind_law_;
  CarrierLaw carrier_law_;
  Sparing sparing_, capture_sparing_;
  Destroyer destroyer_;
  Verifier verifier_;
  DetailReader detail_reader_;
  BindWalker bind_walker_;
  SocketFile socket_file_;
  std::optional<Listing> ahead_;  // of before the first request
  Clock::time_point ahead_at_;
  std::optional<Clock::time_point> listed_at_;  // whose rows have not been given back yet
  bool first_request_ = true;
  struct {
    size_t attempts, history;
  } flushed_ = {};            // events before the request that comes next, which no storm puts off for ever
  bool awaits_room_ = false;  // the agent has not read enough yet to get more events
  bool announced_ = false;    // kChanged was sent since the last list began
  bool awaits_packets_ = false;  // the agent has taken all, and wants to know when there are more
  WaitingRequests waiting_;      // the last one: they end before what they use
};

}  // namespace sockscope
