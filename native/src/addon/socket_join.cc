#include "addon/socket_join.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "addon/convert.h"
#include "addon/row_texts.h"
#include "join/json_rows.h"
#include "join/page.h"

namespace sockscope {

namespace {

// With the rows that it is made of.
struct Joined {
  Napi::Reference<Napi::Buffer<char>> rows;
  std::unique_ptr<Join> join;
};

Rows rows_of(Napi::Env env, Napi::Value value) {
  if (!value.IsBuffer()) throw Napi::TypeError::New(env, "rows must be a buffer");
  auto buffer = value.As<Napi::Buffer<char>>();
  bool is_aligned = reinterpret_cast<uintptr_t>(buffer.Data()) % alignof(socket_record) == 0;
  if (!is_aligned || buffer.Length() % sizeof(socket_record) != 0 ||
      buffer.Length() / sizeof(socket_record) >= kNone)
    throw Napi::TypeError::New(env, "rows must be whole and aligned socket_records");
  return {reinterpret_cast<const socket_record*>(buffer.Data()),
          static_cast<uint32_t>(buffer.Length() / sizeof(socket_record))};
}

template <typename Number>
Napi::Uint32Array to_numbers(Napi::Env env, const std::vector<Number>& numbers) {
  static_assert(sizeof(Number) % sizeof(uint32_t) == 0);
  auto array = Napi::Uint32Array::New(env, numbers.size() * sizeof(Number) / sizeof(uint32_t));
  if (!numbers.empty()) std::memcpy(array.Data(), numbers.data(), numbers.size() * sizeof(Number));
  return array;
}

Napi::Uint32Array numbers_at(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array)
    throw Napi::TypeError::New(info.Env(), "a Uint32Array is needed");
  return info[index].As<Napi::Uint32Array>();
}

std::vector<uint32_t> vector_at(const Napi::CallbackInfo& info, size_t index) {
  Napi::Uint32Array array = numbers_at(info, index);
  return {array.Data(), array.Data() + array.ElementLength()};
}

uint32_t number_at(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), "a number is needed");
  return info[index].As<Napi::Number>().Uint32Value();
}

Listed listed_at(const Napi::CallbackInfo& info, size_t index) {
  Napi::Uint32Array array = numbers_at(info, index);
  return {reinterpret_cast<const listed_socket*>(array.Data()), array.ElementLength() / 2};
}

class SocketJoin : public Napi::ObjectWrap<SocketJoin> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "SocketJoin",
        {InstanceAccessor<&SocketJoin::size>("size"), InstanceMethod<&SocketJoin::programs>("programs"),
         InstanceMethod<&SocketJoin::programs_of_rows>("programsOfRows"),
         InstanceMethod<&SocketJoin::hidden>("hidden"), InstanceMethod<&SocketJoin::describe>("describe"),
         InstanceMethod<&SocketJoin::containers>("containers"),
         InstanceMethod<&SocketJoin::sockets>("sockets"), InstanceMethod<&SocketJoin::owners>("owners"),
         InstanceMethod<&SocketJoin::queues>("queues"), InstanceMethod<&SocketJoin::find>("find"),
         InstanceMethod<&SocketJoin::list>("list"), InstanceMethod<&SocketJoin::page>("page"),
         InstanceMethod<&SocketJoin::json>("json"),
         InstanceMethod<&SocketJoin::containers_of_list>("containersOfList"),
         InstanceMethod<&SocketJoin::owners_left_out_of_list>("ownersLeftOutOfList")});
  }

  explicit SocketJoin(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SocketJoin>(info) {
    if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "only joinRows makes a SocketJoin");
    joined_ = std::move(*info[0].As<Napi::External<Joined>>().Data());
    Napi::MemoryManagement::AdjustExternalMemory(info.Env(), memory());
  }

  void Finalize(Napi::Env env) override { Napi::MemoryManagement::AdjustExternalMemory(env, -memory()); }

  const Join& join() const { return *joined_.join; }

 private:
  // About so many bytes.
  int64_t memory() const { return int64_t{join().sockets().size()} * 2 * sizeof(joined_socket); }

  Napi::Value size(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), join().sockets().size());
  }

  Napi::Value programs(const Napi::CallbackInfo& info) {
    return to_numbers(info.Env(), join().programs().rows());
  }

  Napi::Value programs_of_rows(const Napi::CallbackInfo& info) {
    return to_numbers(info.Env(), join().programs().of_rows());
  }

  Napi::Value hidden(const Napi::CallbackInfo& info) { return to_numbers(info.Env(), join().hidden()); }

  Napi::Value describe(const Napi::CallbackInfo& info) {
    Surroundings surroundings;
    for (uint32_t carries : vector_at(info, 0)) surroundings.carries_session.push_back(carries != 0);
    surroundings.containers = vector_at(info, 1);
    surroundings.sizes = vector_at(info, 2);
    surroundings.kernels = vector_at(info, 3);
    surroundings.own_netns = number_at(info, 4);
    surroundings.sees_every_owner = info[5].ToBoolean();
    return ranged(info, [&]() -> Napi::Value {
      joined_.join->describe(surroundings);
      return info.Env().Undefined();
    });
  }

  Napi::Value containers(const Napi::CallbackInfo& info) {
    std::vector<std::pair<uint32_t, uint32_t>> found(join().containers().begin(), join().containers().end());
    return to_numbers(info.Env(), found);
  }

  Napi::Value sockets(const Napi::CallbackInfo& info) { return to_numbers(info.Env(), join().joined()); }

  Napi::Value owners(const Napi::CallbackInfo& info) {
    return to_numbers(info.Env(), join().sockets().owner_rows());
  }

  Napi::Value queues(const Napi::CallbackInfo& info) {
    Napi::Array lists = Napi::Array::New(info.Env(), join().queues().size());
    for (size_t at = 0; at < join().queues().size(); at++)
      lists.Set(static_cast<uint32_t>(at), to_numbers(info.Env(), join().queues()[at].owners));
    return lists;
  }

  Napi::Value find(const Napi::CallbackInfo& info) {
    if (!info[0].IsBigInt()) throw Napi::TypeError::New(info.Env(), "a cookie must be a bigint");
    bool lossless = false;
    uint32_t socket = join().sockets().find(info[0].As<Napi::BigInt>().Uint64Value(&lossless));
    return socket == kNone || !lossless ? info.Env().Null() : Napi::Number::New(info.Env(), socket);
  }

  Napi::Value list(const Napi::CallbackInfo& info) {
    return ranged(info, [&]() -> Napi::Value {
      auto sockets = info[0].IsNull() ? open_sockets(join()) : vector_at(info, 0);
      auto listed = without_paths(join(), sockets);
      if (info[1].ToBoolean()) put_in_order(join(), listed);
      return to_numbers(info.Env(), listed);
    });
  }

  Napi::Value containers_of_list(const Napi::CallbackInfo& info) {
    return ranged(info, [&] { return to_numbers(info.Env(), containers_of(join(), listed_at(info, 0))); });
  }

  Napi::Value owners_left_out_of_list(const Napi::CallbackInfo& info) {
    return ranged(info, [&] {
      return Napi::Number::New(info.Env(), static_cast<double>(owners_left_out(join(), listed_at(info, 0))));
    });
  }

  Napi::Value json(const Napi::CallbackInfo& info) {
    if (!info[3].IsObject()) throw Napi::TypeError::New(info.Env(), "texts of rows are needed");
    JavaScriptTexts texts(info[3].As<Napi::Object>());
    return ranged(info, [&] {
      JsonRows rows =
          write_json_rows(join(), listed_at(info, 0), number_at(info, 1), number_at(info, 2), texts);
      Napi::Object result = Napi::Object::New(info.Env());
      result.Set("end", static_cast<double>(rows.end));
      result.Set("text", Napi::Buffer<char>::Copy(info.Env(), rows.text.data(), rows.text.size()));
      return result;
    });
  }

  Napi::Value page(const Napi::CallbackInfo& info) {
    PageLimits limits = {number_at(info, 2), number_at(info, 3)};
    return ranged(info, [&]() -> Napi::Value {
      Page page = write_page(join(), listed_at(info, 0), number_at(info, 1), limits);
      Napi::Object result = Napi::Object::New(info.Env());
      result.Set("end", page.end);
      result.Set("columns", Napi::Buffer<char>::Copy(info.Env(), page.columns.data(), page.columns.size()));
      result.Set("processes", to_numbers(info.Env(), page.processes));
      result.Set("addresses", to_buffer(info.Env(), page.addresses));
      result.Set("containers", to_numbers(info.Env(), page.containers));
      return result;
    });
  }

  static Napi::Value ranged(const Napi::CallbackInfo& info, const std::function<Napi::Value()>& work) {
    try {
      return work();
    } catch (const std::out_of_range& error) {
      throw Napi::RangeError::New(info.Env(), error.what());
    }
  }

  Joined joined_;
};

// Joins off the JavaScript thread, and makes an object of the result.
class JoinWorker : public Napi::AsyncWorker {
 public:
  JoinWorker(Napi::Env env, Napi::Buffer<char> buffer, Rows rows, Napi::Object before, bool compares)
      : Napi::AsyncWorker(env),
        buffer_(Napi::Persistent(buffer)),
        rows_(rows),
        compares_(compares),
        deferred_(Napi::Promise::Deferred::New(env)) {
    if (before.IsEmpty()) return;
    before_object_ = Napi::Persistent(before);
    before_ = &SocketJoin::Unwrap(before)->join();
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { join_ = std::make_unique<Join>(rows_, before_, compares_); }

  void OnOK() override {
    Joined joined = {std::move(buffer_), std::move(join_)};
    auto* constructor = Env().GetInstanceData<Napi::FunctionReference>();
    deferred_.Resolve(constructor->New({Napi::External<Joined>::New(Env(), &joined)}));
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Reference<Napi::Buffer<char>> buffer_;
  Rows rows_;
  bool compares_;
  Napi::ObjectReference before_object_;
  const Join* before_ = nullptr;
  std::unique_ptr<Join> join_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace

Napi::Value join_rows(const Napi::CallbackInfo& info) {
  Rows rows = rows_of(info.Env(), info[0]);
  auto* constructor = info.Env().GetInstanceData<Napi::FunctionReference>();
  Napi::Object before;
  if (!info[1].IsNull()) {
    if (!info[1].IsObject() || !info[1].As<Napi::Object>().InstanceOf(constructor->Value()))
      throw Napi::TypeError::New(info.Env(), "the listing before must be a SocketJoin");
    before = info[1].As<Napi::Object>();
  }
  auto* worker = new JoinWorker(info.Env(), info[0].As<Napi::Buffer<char>>(), rows, before,
                                info[2].ToBoolean());  // deletes itself
  worker->Queue();
  return worker->promise();
}

void define_socket_join(Napi::Env env) {
  auto* constructor = new Napi::FunctionReference(Napi::Persistent(SocketJoin::define(env)));
  env.SetInstanceData(constructor);
}

}  // namespace sockscope
