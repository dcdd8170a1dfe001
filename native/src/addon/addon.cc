// The functions that JavaScript can call; native/index.d.ts describes them.
#include <napi.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include "addon/convert.h"
#include "addon/held_shell.h"
#include "addon/layout.h"
#include "addon/peer.h"
#include "addon/restart.h"
#include "addon/seal.h"
#include "addon/socket_join.h"
#include "addon/worker.h"
#include "broker/fork_broker.h"
#include "law/carrier_law.h"
#include "scans/bind_trial.h"
#include "scans/bounded_dump.h"
#include "scans/proc_owners.h"
#include "scans/socket_detail.h"
#include "scans/thread_ids.h"
#include "shared/signal_process.h"

namespace sockscope {

namespace {

int number_of(const Napi::CallbackInfo& info, size_t index, const std::string& what) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), what + " must be a number");
  return info[index].As<Napi::Number>().Int32Value();
}

int descriptor_of(const Napi::CallbackInfo& info) { return number_of(info, 0, "a file descriptor"); }

DestroyTarget target_of(const Napi::CallbackInfo& info) {
  DestroyTarget target;
  if (!info[0].IsBuffer() || info[0].As<Napi::Buffer<char>>().Length() != sizeof(target))
    throw Napi::TypeError::New(info.Env(), "a target must be a buffer with one destroy_target");
  std::memcpy(&target, info[0].As<Napi::Buffer<char>>().Data(), sizeof(target));
  return target;
}

Napi::Value forkBroker(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber() || !info[1].IsBoolean())
    throw Napi::TypeError::New(info.Env(), "a uid, whether the scope is all, and perhaps what is done");
  bool watches = info[2].IsUndefined() || info[2].ToBoolean();
  EngineSet engines = watches ? EngineSet::kAll : EngineSet::kNoWatching;
  FirstWork first = info[3].ToBoolean() ? FirstWork::kListAll : FirstWork::kAnything;
  BrokerProcess broker =
      fork_broker({info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::Boolean>()}, engines, first);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("pid", broker.pid);
  result.Set("control", broker.control.release());
  result.Set("memory", broker.memory.release());
  return result;
}

Napi::Value ignoreDebuggerSignal(const Napi::CallbackInfo& info) {
  ignore_debugger_signal();
  return info.Env().Undefined();
}

Napi::Value restartWithoutIoUring(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsNumber())
    throw Napi::TypeError::New(info.Env(), "the executable and the last descriptor to keep");
  restart_without_io_uring(info[0].As<Napi::String>(), info[1].As<Napi::Number>());
  return info.Env().Undefined();
}

Napi::Value holdShell(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsArray())
    throw Napi::TypeError::New(info.Env(), "a script and its arguments");
  auto given = info[1].As<Napi::Array>();
  std::vector<std::string> words;
  for (uint32_t at = 0; at < given.Length(); at++) words.push_back(given.Get(at).ToString());
  HeldShell shell = hold_shell(info[0].As<Napi::String>(), words);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("input", shell.input.release());
  result.Set("output", shell.output.release());
  return result;
}

Napi::Value sealProcess(const Napi::CallbackInfo& info) {
  seal_process();
  return info.Env().Undefined();
}

Napi::Value peerCredentials(const Napi::CallbackInfo& info) {
  Peer peer = peer_of(descriptor_of(info));
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("pid", peer.pid);
  result.Set("uid", peer.uid);
  result.Set("gid", peer.gid);
  result.Set("pidfd", peer.pidfd.release());
  return result;
}

Napi::Value isBound(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "the path must be a string");
  return Napi::Boolean::New(info.Env(), is_bound(info[0].As<Napi::String>()));
}

Napi::Value threadIds(const Napi::CallbackInfo& info) {
  return RecordWorker<uint32_t>::run(info.Env(), [] {
    std::set<uint32_t> ids = ids_of_threads();
    return std::vector<uint32_t>(ids.begin(), ids.end());
  });
}

Napi::Value lockFile(const Napi::CallbackInfo& info) {
  int result = flock(descriptor_of(info), LOCK_EX | LOCK_NB);
  if (result != 0 && errno != EWOULDBLOCK) throw SystemError("flock");
  return Napi::Boolean::New(info.Env(), result == 0);
}

Napi::Value dumpSockets(const Napi::CallbackInfo& info) {
  auto found = std::make_shared<BoundedDump>();
  auto dump = [found] {
    *found = dump_as_caller();
    return std::move(found->sockets);
  };
  auto finish = [found](Napi::Value rows) -> Napi::Value {
    Napi::Object result = Napi::Object::New(rows.Env());
    result.Set("rows", rows);
    result.Set("leftOut", static_cast<double>(found->left_out));
    result.Set("errno", found->error);
    return result;
  };
  return RecordWorker<socket_record>::run(info.Env(), dump, finish);
}

Napi::Value dumpOwners(const Napi::CallbackInfo& info) {
  return RecordWorker<socket_record>::run(info.Env(), scan_owners);
}

Napi::Value socketDetail(const Napi::CallbackInfo& info) {
  DestroyTarget target = target_of(info);
  return RecordWorker<SocketDetail>::run(info.Env(), [target] { return std::vector{read_detail(target)}; });
}

// For an observer, which runs as its user.
Napi::Value sessionCarriers(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array)
    throw Napi::TypeError::New(info.Env(), "pids must be a Uint32Array");
  auto array = info[0].As<Napi::Uint32Array>();
  std::vector<uint32_t> pids(array.Data(), array.Data() + array.ElementLength());
  Served served = {static_cast<uint32_t>(number_of(info, 1, "a uid")), false};
  return RecordWorker<Carrier>::run(info.Env(), [pids, served] {
    Scope scope(served);
    scope.refresh();
    CarrierLaw law(scope, {1, static_cast<uint32_t>(getpid())}, Doubt::kMeansYes);
    std::vector<Carrier> kinds;
    for (uint32_t pid : pids) kinds.push_back(law.kind_of(static_cast<pid_t>(pid)));
    return kinds;
  });
}

Napi::Value tryBinds(const Napi::CallbackInfo& info) {
  BindRequest request = {};
  if (!info[0].IsBuffer() || info[0].As<Napi::Buffer<char>>().Length() != sizeof(request))
    throw Napi::TypeError::New(info.Env(), "a bind_request is needed");
  std::memcpy(&request, info[0].As<Napi::Buffer<char>>().Data(), sizeof(request));
  return RecordWorker<BindRecord>::run(info.Env(), [request] { return try_binds(request); });
}

uint64_t start_time_of(const Napi::CallbackInfo& info) {
  if (!info[1].IsBigInt()) throw Napi::TypeError::New(info.Env(), "a start time must be a bigint");
  bool lossless = false;
  return info[1].As<Napi::BigInt>().Uint64Value(&lossless);
}

Napi::Value signalProcess(const Napi::CallbackInfo& info) {
  signal_process(number_of(info, 0, "a pid"), start_time_of(info), number_of(info, 2, "a signal"));
  return info.Env().Undefined();
}

Napi::Value checkSignal(const Napi::CallbackInfo& info) {
  check_signal(number_of(info, 0, "a pid"), start_time_of(info));
  return info.Env().Undefined();
}

// Turns our exceptions into JavaScript's.
template <Napi::Value (*function)(const Napi::CallbackInfo&)>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  try {
    return function(info);
  } catch (const SystemError& error) {
    throw to_error(info.Env(), error);
  }
}

template <Napi::Value (*function)(const Napi::CallbackInfo&)>
void add(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(exports.Env(), guarded<function>, name));
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  add<forkBroker>(exports, "forkBroker");
  add<ignoreDebuggerSignal>(exports, "ignoreDebuggerSignal");
  add<restartWithoutIoUring>(exports, "restartWithoutIoUring");
  add<holdShell>(exports, "holdShell");
  add<sealProcess>(exports, "sealProcess");
  add<peerCredentials>(exports, "peerCredentials");
  add<isBound>(exports, "isBound");
  add<lockFile>(exports, "lockFile");
  add<threadIds>(exports, "threadIds");
  add<dumpSockets>(exports, "dumpSockets");
  add<dumpOwners>(exports, "dumpOwners");
  define_socket_join(env);
  add<join_rows>(exports, "joinRows");
  add<socketDetail>(exports, "socketDetail");
  add<sessionCarriers>(exports, "sessionCarriers");
  add<tryBinds>(exports, "tryBinds");
  add<signalProcess>(exports, "signalProcess");
  add<checkSignal>(exports, "checkSignal");
  exports.Set("layout", make_layout(env));
  exports.Set("constants", make_constants(env));
  return exports;
}

NODE_API_MODULE(sockscope, initialize)

}  // namespace

}  // namespace sockscope
