#include "service/query_batch.h"

#include <algorithm>

namespace voisin::service {
namespace {

// The times of the whole job belong to each of its texts.
encoder::EncodeResult ResultOf(const encoder::EncodeResult& job, encoder::EncodedText text) {
  encoder::EncodeResult result;
  result.texts.push_back(std::move(text));
  result.tokenize = job.tokenize;
  result.queue = job.queue;
  result.encode = job.encode;
  return result;
}

}  // namespace

EncodeRequest QueryEncodeRequest(std::string text, CallContext context) {
  EncodeRequest encode;
  encode.texts.push_back(std::move(text));
  encode.field = [](size_t) { return std::string("text"); };
  encode.role = encoder::TextRole::query;
  encode.context = std::move(context);
  return encode;
}

void QueryBatch::Encode(ModelPtr model, std::string text, Callback<encoder::EncodeResult> done) {
  Waiting one{std::move(text), std::move(done)};
  {
    MutexLock lock(mutex_);
    if (!submitted_) {
      Share& share = by_model_[model->name];
      share.model = std::move(model);
      share.waiting.push_back(std::move(one));
      return;
    }
  }
  EncodeAlone(model, std::move(one));
}

void QueryBatch::Submit() {
  std::map<std::string, Share> shares;
  {
    MutexLock lock(mutex_);
    submitted_ = true;
    shares.swap(by_model_);
  }
  for (auto& [name, share] : shares) {
    const size_t texts = share.waiting.size();
    const size_t jobs = std::min(jobs_, texts);
    auto next = std::make_move_iterator(share.waiting.begin());
    for (size_t job = 0; job < jobs; ++job) {
      const auto size = static_cast<ptrdiff_t>((texts * (job + 1)) / jobs - (texts * job) / jobs);
      EncodeTogether(share.model, std::vector<Waiting>(next, next + size));
      next += size;
    }
  }
}

void QueryBatch::EncodeTogether(const ModelPtr& model, std::vector<Waiting> some) {
  EncodeRequest request = QueryEncodeRequest("", context_);
  request.texts.clear();
  for (const Waiting& one : some) request.texts.push_back(one.text);
  const auto kept = std::make_shared<std::vector<Waiting>>(std::move(some));
  EncodeTexts(model, std::move(request),
              [self = shared_from_this(), model, kept](absl::StatusOr<encoder::EncodeResult> encoded) {
                const bool bad_text = absl::IsInvalidArgument(encoded.status());
                for (size_t i = 0; i < kept->size(); ++i) {
                  Waiting& one = (*kept)[i];
                  if (bad_text) {
                    self->EncodeAlone(model, std::move(one));
                  } else if (encoded.ok()) {
                    one.done(ResultOf(*encoded, std::move(encoded->texts[i])));
                  } else {
                    one.done(encoded.status());
                  }
                }
              });
}

void QueryBatch::EncodeAlone(const ModelPtr& model, Waiting one) {
  EncodeTexts(model, QueryEncodeRequest(std::move(one.text), context_), std::move(one.done));
}

}  // namespace voisin::service
