#pragma once

#include <map>
#include <memory>

#include "base/mutex.h"
#include "service/embedding.h"

namespace voisin::service {

// Encodes a text as a query.
EncodeRequest QueryEncodeRequest(std::string text, CallContext context);

// The texts of searches that came in one call, encoded as few jobs as keep all threads busy. Thread-safe; held by
// a shared_ptr until all have been answered.
class QueryBatch : public std::enable_shared_from_this<QueryBatch> {
 public:
  // `jobs`: for each model at most so many, of about the same size.
  QueryBatch(size_t jobs, CallContext context) : jobs_(jobs), context_(std::move(context)) {}

  // The text waits for Submit; after that (its model had to be loaded) it goes alone. `done` is called once, on
  // a thread of the scheduler or in a call of this. A text that cannot be encoded fails alone.
  void Encode(ModelPtr model, std::string text, Callback<encoder::EncodeResult> done);
  // All texts of the call have come, or come late.
  void Submit();

 private:
  struct Waiting {
    std::string text;
    Callback<encoder::EncodeResult> done;
  };
  struct Share {
    ModelPtr model;
    std::vector<Waiting> waiting;
  };
  void EncodeTogether(const ModelPtr& model, std::vector<Waiting> some);
  void EncodeAlone(const ModelPtr& model, Waiting one);

  const size_t jobs_;
  const CallContext context_;
  Mutex mutex_;
  bool submitted_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Share> by_model_ ABSL_GUARDED_BY(mutex_);  // by name
};

}  // namespace voisin::service
