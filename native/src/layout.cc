#include "layout.h"

#include <cstddef>
#include <initializer_list>
#include <utility>

#include "../../bpf/records.h"
#include "broker_protocol.h"

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
  using list_reply = ListReply;
  using skipped_namespace = SkippedNamespace;
  using destroy_request = DestroyRequest;
  using destroy_target = DestroyTarget;
  using destroy_reply = DestroyReply;
  Napi::Object layout = Napi::Object::New(env);
  ADD(socket_record, FIELD(socket_record, cookie), FIELD(socket_record, inode),
      FIELD(socket_record, start_time), FIELD(socket_record, netns), FIELD(socket_record, pid),
      FIELD(socket_record, fd), FIELD(socket_record, uid), FIELD(socket_record, owner_uid),
      TUPLE(socket_record), FIELD(socket_record, state), FIELD(socket_record, flags),
      FIELD(socket_record, name));
  ADD(connect_filter, FIELD(connect_filter, protocol), FIELD(connect_filter, remote_port));
  ADD(connect_record, FIELD(connect_record, cookie), FIELD(connect_record, netns), FIELD(connect_record, pid),
      FIELD(connect_record, uid), FIELD(connect_record, family), FIELD(connect_record, protocol),
      FIELD(connect_record, remote_port), FIELD(connect_record, remote_address), FIELD(connect_record, name));
  ADD(message_header, FIELD(message_header, type), FIELD(message_header, id), FIELD(message_header, length),
      FIELD(message_header, error));
  ADD(broker_features, FIELD(broker_features, list), FIELD(broker_features, destroy),
      FIELD(broker_features, sock_diag_destroy), FIELD(broker_features, connect_hooks),
      FIELD(broker_features, btf));
  ADD(list_reply, FIELD(list_reply, sockets), FIELD(list_reply, owned), FIELD(list_reply, skipped));
  ADD(skipped_namespace, FIELD(skipped_namespace, netns), FIELD(skipped_namespace, error));
  ADD(destroy_request, FIELD(destroy_request, engine), FIELD(destroy_request, count));
  ADD(destroy_target, FIELD(destroy_target, cookie), FIELD(destroy_target, netns),
      FIELD(destroy_target, state), TUPLE(destroy_target));
  ADD(destroy_reply, FIELD(destroy_reply, cookie), FIELD(destroy_reply, netns), FIELD(destroy_reply, engine),
      FIELD(destroy_reply, status), FIELD(destroy_reply, error));
  return layout;
}

Napi::Object make_constants(Napi::Env env) {
  Napi::Object constants = Napi::Object::New(env);
  constants.Set("message", to_object(env, {{"features", number(MessageType::kFeatures)},
                                           {"list", number(MessageType::kList)},
                                           {"destroy", number(MessageType::kDestroy)},
                                           {"watchConnects", number(MessageType::kWatchConnects)},
                                           {"unwatchConnects", number(MessageType::kUnwatchConnects)},
                                           {"ownSocketFile", number(MessageType::kOwnSocketFile)},
                                           {"connect", number(MessageType::kConnect)}}));
  constants.Set("engine", to_object(env, {{"auto", number(DestroyEngine::kAuto)},
                                          {"bpf", number(DestroyEngine::kBpf)},
                                          {"sock_diag", number(DestroyEngine::kSockDiag)}}));
  constants.Set("destroyStatus", to_object(env, {{"pending", DESTROY_PENDING},
                                                 {"done", DESTROY_DONE},
                                                 {"changed", DESTROY_CHANGED},
                                                 {"kernel", DESTROY_KERNEL},
                                                 {"minisock", DESTROY_MINISOCK},
                                                 {"backlog", DESTROY_BACKLOG},
                                                 {"noKfunc", DESTROY_NO_KFUNC}}));
  constants.Set("flag", to_object(env, {{"orphan", SOCKSCOPE_ORPHAN},
                                        {"locked", SOCKSCOPE_LOCKED},
                                        {"mptcp", SOCKSCOPE_MPTCP}}));
  return constants;
}

}  // namespace sockscope
