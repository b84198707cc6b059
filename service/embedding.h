#pragma once

#include "service/engine.h"
#include "service/model_registry.h"

// What a model does with texts, without collections.
namespace voisin::service {

struct EncodeRequest {
  std::vector<std::string> texts;            // checked already: UTF-8, not blank
  std::function<std::string(size_t)> field;  // path of text i in the caller's request
  encoder::Lane lane = encoder::Lane::query;
  encoder::TextRole role = encoder::TextRole::none;  // picks the model's prompt
  encoder::Truncation truncation = encoder::Truncation::error;
  CallContext context;
};
// Errors about one text carry its field; a full queue carries RetryInfo. `done` runs on a thread of the
// scheduler, or on the caller's when refused at once.
void EncodeTexts(ModelPtr model, EncodeRequest request, Callback<encoder::EncodeResult> done);

// The stages that encoding fills, in microseconds.
Stages StagesOf(const encoder::EncodeResult& encoded);

void Embed(ModelRegistry& models, const Limits& limits, EmbedRequest request, CallContext context,
           Callback<EmbedResult> done);
void Tokenize(ModelRegistry& models, ThreadPool& pool, const Limits& limits, TokenizeRequest request,
              CallContext context, Callback<std::vector<std::vector<Token>>> done);
void Similarity(ModelRegistry& models, const Limits& limits, SimilarityRequest request, CallContext context,
                Callback<std::vector<float>> done);

}  // namespace voisin::service
