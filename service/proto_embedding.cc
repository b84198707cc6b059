#include "service/proto_embedding.h"

#include <iterator>

#include "base/status_macros.h"
#include "service/proto_common.h"

namespace voisin::service {
namespace {

using Strings = google::protobuf::RepeatedPtrField<std::string>;

std::vector<std::string> Taken(Strings& strings) {
  return {std::make_move_iterator(strings.begin()), std::make_move_iterator(strings.end())};
}

absl::StatusOr<InputType> InputTypeFrom(v1::InputType type) {
  switch (static_cast<int>(type)) {
    case v1::INPUT_TYPE_UNSPECIFIED:
      return InputType::unspecified;
    case v1::INPUT_TYPE_QUERY:
      return InputType::query;
    case v1::INPUT_TYPE_DOCUMENT:
      return InputType::document;
  }
  return UnknownEnum("input_type", v1::InputType_MAX, type);
}

void Fill(const encoder::EncodedText& from, v1::Embedding& to) {
  to.mutable_values()->Add(from.values.begin(), from.values.end());
  to.set_token_count(from.token_count);
  to.set_truncated(from.truncated);
  to.set_window_count(from.windows);
}

void Fill(Token&& from, v1::Token& to) {
  to.set_id(from.id);
  to.set_text(std::move(from.text));
  to.set_begin(from.span.begin);
  to.set_end(from.span.end);
}

}  // namespace

absl::StatusOr<EmbedRequest> RequestFrom(v1::EmbedRequest&& request) {
  EmbedRequest made;
  made.model = std::move(*request.mutable_model());
  made.texts = Taken(*request.mutable_texts());
  ASSIGN_OR_RETURN(made.input_type, InputTypeFrom(request.input_type()));
  made.dimensions = request.dimensions();
  if (request.has_normalize()) made.normalize = request.normalize();
  ASSIGN_OR_RETURN(made.truncation, TruncationFrom("truncation", request.truncation()));
  return made;
}

TokenizeRequest RequestFrom(v1::TokenizeRequest&& request) {
  TokenizeRequest made;
  made.model = std::move(*request.mutable_model());
  made.texts = Taken(*request.mutable_texts());
  if (request.has_add_special_tokens()) made.add_special_tokens = request.add_special_tokens();
  return made;
}

SimilarityRequest RequestFrom(v1::SimilarityRequest&& request) {
  return {std::move(*request.mutable_model()), std::move(*request.mutable_source()),
          Taken(*request.mutable_targets())};
}

v1::EmbedResponse ToProto(EmbedResult&& result) {
  v1::EmbedResponse response;
  response.set_model(std::move(result.model));
  response.set_model_fingerprint(std::move(result.model_fingerprint));
  uint64_t tokens = 0;
  for (const encoder::EncodedText& text : result.embeddings) {
    Fill(text, *response.add_embeddings());
    tokens += text.token_count;
  }
  response.mutable_usage()->set_texts(static_cast<uint32_t>(result.embeddings.size()));
  response.mutable_usage()->set_tokens(tokens);
  *response.mutable_timings() = ToProto(result.stages);
  return response;
}

v1::TokenizeResponse ToProto(std::vector<std::vector<Token>>&& texts) {
  v1::TokenizeResponse response;
  for (std::vector<Token>& text : texts) {
    v1::Tokens& tokens = *response.add_results();
    for (Token& token : text) Fill(std::move(token), *tokens.add_tokens());
  }
  return response;
}

v1::SimilarityResponse ToProto(const std::vector<float>& scores) {
  v1::SimilarityResponse response;
  response.mutable_scores()->Add(scores.begin(), scores.end());
  return response;
}

v1::Model ToProto(const ModelStatus& info) {
  v1::Model model;
  model.set_name(info.name);
  model.set_dimensions(static_cast<uint32_t>(info.dimensions));
  model.set_max_tokens(static_cast<uint32_t>(info.max_tokens));
  model.set_pooling(info.pooling);
  model.set_architecture(info.architecture);
  model.set_fingerprint(info.fingerprint);
  model.set_normalized(info.normalize);
  model.mutable_prompts()->insert(info.prompts.begin(), info.prompts.end());
  model.set_default_prompt_name(info.default_prompt_name);
  model.set_similarity_fn_name(info.similarity_fn_name);
  model.set_cache_hits(info.cache_hits);
  model.set_cache_misses(info.cache_misses);
  model.set_precision(std::string(encoder::PrecisionName(info.precision)));
  model.set_lexical_language(info.language);
  model.set_dense_weight(info.dense_weight);
  return model;
}

v1::ListModelsResponse ToProto(const std::vector<ModelStatus>& models) {
  v1::ListModelsResponse response;
  for (const ModelStatus& info : models) *response.add_models() = ToProto(info);
  return response;
}

}  // namespace voisin::service
