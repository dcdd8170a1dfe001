// Payloads of requests and answers. The agent is not trusted: what has the wrong size or count is EINVAL.
#pragma once

#include <cerrno>
#include <cstring>
#include <vector>

#include "broker/channel.h"
#include "shared/error.h"
#include "shared/port_selection.h"

namespace sockscope {

// As many as the target map takes (bpf/destroy.bpf.c).
constexpr size_t kMaxTargets = 10000;
// As many processes as the maps of outages take (bpf/outage.h).
constexpr size_t kMaxPids = 4096;
// Ports, and namespaces, of a ListRequest.
constexpr size_t kMaxSelected = PortSelection::kMaxPorts;
constexpr size_t kMaxRequestBytes =
    sizeof(ClaimedClient) + sizeof(TuneRequest) + kMaxTargets * sizeof(DestroyTarget);
static_assert(sizeof(TuneRequest) >= sizeof(DestroyRequest));

// The payload as one fixed struct.
template <typename Struct>
Struct exactly(const Message& request) {
  Struct result;
  if (request.payload.size() != sizeof(result)) throw SystemError("request size", EINVAL);
  std::memcpy(&result, request.payload.data(), sizeof(result));
  return result;
}

// The payload from an offset on as so many values.
template <typename Value>
std::vector<Value> all_of(const std::vector<char>& payload, size_t from, size_t max_count) {
  size_t length = payload.size() - from;
  if (length % sizeof(Value) != 0 || length / sizeof(Value) > max_count)
    throw SystemError("request size", EINVAL);
  std::vector<Value> values(length / sizeof(Value));
  // An empty vector has no address that memcpy() may be given.
  if (length > 0) std::memcpy(values.data(), payload.data() + from, length);
  return values;
}

template <typename Struct>
void append(std::vector<char>& bytes, const Struct* structs, size_t count) {
  const char* start = reinterpret_cast<const char*>(structs);
  bytes.insert(bytes.end(), start, start + count * sizeof(Struct));
}

// A request that acts: who asks, as the agent says, and what is behind it.
struct ClaimedRequest {
  ClaimedClient client;
  Message request;
};

// Throws SystemError.
ClaimedRequest claimed(const Message& request);

// For what must not happen late: the broker may have been stopped, and the client have been told so. Throws
// SystemError.
void require_recent(const Message& request);

// Offset in the shared memory of a list's rows. Throws SystemError.
size_t place_of(const Message& request);

// What a ListRequest selects.
struct ListSelection {
  PortSelection ports;
  std::vector<uint32_t> namespaces;
  std::vector<uint32_t> processes;  // each once; none: the selection is not by process
};

// Throws SystemError.
ListSelection selection_of(const Message& request);

// An OutageRequest, with the processes and sockets behind it.
struct RequestedOutage {
  OutageRequest header;
  std::vector<uint32_t> pids;
  std::vector<uint64_t> cookies;
};

// Throws SystemError.
RequestedOutage outage_of(const Message& request);

// As RequestedOutage.
struct RequestedCapture {
  uint32_t snap;
  RequestedOutage rule;
};

// Throws SystemError.
RequestedCapture capture_of(const Message& request);

// Throws SystemError.
std::vector<DestroyTarget> targets_of(const Message& request);
// Of a DestroyRequest. Throws SystemError.
std::vector<DestroyTarget> targets_of(const Message& request, DestroyRequest& header);
// Of a TuneRequest: TCP connections. Throws SystemError.
std::vector<DestroyTarget> targets_of(const Message& request, TuneRequest& header);

}  // namespace sockscope
