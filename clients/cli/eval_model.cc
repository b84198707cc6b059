#include "clients/cli/eval_model.h"

#include <utility>

#include "base/status_macros.h"
#include "clients/cli/remote_texts.h"

namespace voisin::cli {
namespace {

Texts Collapsed(const Texts& texts) {
  Texts collapsed{.values = {}, .lines = texts.lines, .pairs = {}};
  for (const std::string& text : texts.values) collapsed.values.push_back(encoder::CollapseWhitespace(text));
  return collapsed;
}

v1::InputType TypeOf(encoder::TextRole role) {
  switch (role) {
    case encoder::TextRole::none:
      return v1::INPUT_TYPE_UNSPECIFIED;
    case encoder::TextRole::query:
      return v1::INPUT_TYPE_QUERY;
    case encoder::TextRole::document:
      return v1::INPUT_TYPE_DOCUMENT;
  }
  return v1::INPUT_TYPE_UNSPECIFIED;
}

absl::Status EmbedRemotely(client::Client& client, const std::string& model, const Texts& texts,
                           encoder::TextRole role, const Receiver& receive) {
  return ForEachPart(texts, [&](TextRange range) -> absl::Status {
    v1::EmbedRequest request;
    request.set_model(model);
    request.set_truncation(v1::TRUNCATION_END);
    request.set_input_type(TypeOf(role));
    for (size_t i = range.begin; i < range.end; ++i) request.add_texts(texts.values[i]);
    ASSIGN_OR_RETURN(const v1::EmbedResponse answer, client.Embed(request));
    RETURN_IF_ERROR(CheckCount(range, static_cast<size_t>(answer.embeddings_size())));
    for (const v1::Embedding& embedding : answer.embeddings()) {
      const std::span<const float> values(embedding.values().data(),
                                          static_cast<size_t>(embedding.values_size()));
      receive(range.begin++,
              {values, embedding.token_count(), embedding.truncated(), embedding.window_count()});
    }
    return absl::OkStatus();
  });
}

}  // namespace

EvalModel LocalEvalModel(const encoder::TextEncoder& encoder, std::ostream& err) {
  const encoder::ModelInfo& info = encoder.info();
  return {info.name, info.language, info.dense_weight,
          [&](const Texts& texts, encoder::TextRole role, const Receiver& receive) {
            const bool collapse = encoder.info().collapse_whitespace;
            return EmbedEach(encoder, collapse ? Collapsed(texts) : texts,
                             {.truncation = encoder::Truncation::end, .role = role}, receive, err);
          }};
}

absl::StatusOr<EvalModel> RemoteEvalModel(client::Client& client, const std::string& model) {
  ASSIGN_OR_RETURN(const v1::Model info, client.GetModel(model));
  return EvalModel{
      info.name(), info.lexical_language(), info.dense_weight(),
      [&client, name = info.name()](const Texts& texts, encoder::TextRole role, const Receiver& receive) {
        return EmbedRemotely(client, name, texts, role, receive);
      }};
}

}  // namespace voisin::cli
