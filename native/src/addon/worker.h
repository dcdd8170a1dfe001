// Work off the JavaScript thread, behind a promise.
#pragma once

#include <napi.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "addon/convert.h"

namespace sockscope {

template <typename Record>
class RecordWorker : public Napi::AsyncWorker {
 public:
  using Work = std::function<std::vector<Record>()>;
  // Makes the result of a buffer.
  using Finish = std::function<Napi::Value(Napi::Value)>;

  // Starts `work` and returns the promise of a buffer of its records, or of what `finish` makes of it.
  static Napi::Promise run(Napi::Env env, Work work, Finish finish = {}) {
    auto* worker = new RecordWorker(env, std::move(work), std::move(finish));  // deletes itself
    worker->Queue();
    return worker->deferred_.Promise();
  }

 protected:
  void Execute() override {
    try {
      records_ = work_();
    } catch (const SystemError& error) {
      failure_ = error;
    }
  }

  void OnOK() override {
    if (failure_) return deferred_.Reject(to_error(Env(), *failure_).Value());
    Napi::Value buffer = to_buffer(Env(), records_);
    deferred_.Resolve(finish_ ? finish_(buffer) : buffer);
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  RecordWorker(Napi::Env env, Work work, Finish finish)
      : Napi::AsyncWorker(env),
        work_(std::move(work)),
        finish_(std::move(finish)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Work work_;
  Finish finish_;
  std::vector<Record> records_;
  std::optional<SystemError> failure_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace sockscope
