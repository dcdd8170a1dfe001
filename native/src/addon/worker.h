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

  // Starts `work` and returns the promise of a buffer of its records.
  static Napi::Promise run(Napi::Env env, Work work) {
    auto* worker = new RecordWorker(env, std::move(work));  // deletes itself
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
    deferred_.Resolve(to_buffer(Env(), records_));
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  RecordWorker(Napi::Env env, Work work)
      : Napi::AsyncWorker(env), work_(std::move(work)), deferred_(Napi::Promise::Deferred::New(env)) {}

  Work work_;
  std::vector<Record> records_;
  std::optional<SystemError> failure_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace sockscope
