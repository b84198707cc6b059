#include "service/embedding.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/status_macros.h"
#include "service/call.h"
#include "service/validation.h"

namespace voisin::service {
namespace {

std::string Element(std::string_view list, size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

// The scheduler refused one of several texts: finds which, so that the answer can name its field.
absl::Status LocateRefusal(const Model& model, const EncodeRequest& request, absl::Status refusal) {
  if (!absl::IsInvalidArgument(refusal)) return refusal;
  const std::string_view prompt = PromptOf(model.info(), request.role);
  for (size_t i = 0; i < request.texts.size(); ++i) {
    absl::Status status = model.encoder->Tokenize(request.texts[i], request.truncation, prompt).status();
    if (!status.ok()) return InvalidField(request.field(i), MessageOf(status));
  }
  return refusal;
}

float Norm(std::span<const float> values) {
  const double squares = std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
  return static_cast<float>(std::sqrt(squares));
}

void Normalize(std::vector<float>& values) {
  const float norm = Norm(values);
  if (norm == 0) return;
  for (float& value : values) value /= norm;
}

float Cosine(std::span<const float> a, std::span<const float> b) {
  const double product = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  const double norms = double{Norm(a)} * double{Norm(b)};
  return norms == 0 ? 0 : static_cast<float>(product / norms);
}

// Queries of people go first, documents may wait.
encoder::Lane LaneOf(InputType type) {
  switch (type) {
    case InputType::unspecified:
    case InputType::query:
      return encoder::Lane::query;
    case InputType::document:
      return encoder::Lane::ingest;
  }
  return encoder::Lane::query;
}

encoder::TextRole RoleOf(InputType type) {
  switch (type) {
    case InputType::unspecified:
      return encoder::TextRole::none;
    case InputType::query:
      return encoder::TextRole::query;
    case InputType::document:
      return encoder::TextRole::document;
  }
  return encoder::TextRole::none;
}

struct Shape {
  size_t dimensions = 0;  // 0: all
  std::optional<bool> normalize;
};

absl::Status CheckShape(const encoder::ModelInfo& info, const Shape& shape) {
  const auto full = static_cast<size_t>(info.dimensions);
  if (shape.dimensions <= full) return absl::OkStatus();
  return InvalidField("dimensions", "expected at most " + std::to_string(full) + " (the model's), got " +
                                        std::to_string(shape.dimensions));
}

void ApplyShape(const encoder::ModelInfo& info, const Shape& shape, std::vector<float>& values) {
  const bool cut = shape.dimensions != 0 && shape.dimensions < values.size();
  if (cut) values.resize(shape.dimensions);
  if (shape.normalize.value_or(cut || info.normalize)) Normalize(values);
}

EmbedResult MakeResult(const Model& model, const Shape& shape, encoder::EncodeResult encoded) {
  EmbedResult result;
  result.model = model.name;
  result.model_fingerprint = model.info().fingerprint;
  result.stages = StagesOf(encoded);
  result.embeddings = std::move(encoded.texts);
  for (encoder::EncodedText& text : result.embeddings) ApplyShape(model.info(), shape, text.values);
  return result;
}

void EmbedWith(ModelPtr model, EmbedRequest request, CallContext context, Callback<EmbedResult> done) {
  const Shape shape{request.dimensions, request.normalize};
  if (absl::Status status = CheckShape(model->info(), shape); !status.ok()) return done(std::move(status));
  EncodeRequest encode{std::move(request.texts),   [](size_t i) { return Element("texts", i); },
                       LaneOf(request.input_type), RoleOf(request.input_type),
                       request.truncation,         std::move(context)};
  EncodeTexts(model, std::move(encode),
              [model, shape, done = std::move(done)](absl::StatusOr<encoder::EncodeResult> encoded) {
                if (!encoded.ok()) return done(std::move(encoded).status());
                done(MakeResult(*model, shape, *std::move(encoded)));
              });
}

absl::StatusOr<std::vector<Token>> TokensOf(const Model& model, const TokenizeRequest& request, size_t i) {
  const encoder::Tokenizer& tokenizer = model.encoder->tokenizer();
  absl::StatusOr<encoder::Encoding> encoding = tokenizer.Encode(request.texts[i], request.add_special_tokens);
  if (!encoding.ok()) return AtField(Element("texts", i), std::move(encoding).status());
  std::vector<Token> tokens;
  tokens.reserve(encoding->input_ids.size());
  for (size_t t = 0; t < encoding->input_ids.size(); ++t) {
    const int32_t id = encoding->input_ids[t];
    tokens.push_back({static_cast<uint32_t>(id), std::string(tokenizer.TokenText(id)), encoding->offsets[t]});
  }
  return tokens;
}

absl::StatusOr<std::vector<std::vector<Token>>> TokenizeAll(const Model& model,
                                                            const TokenizeRequest& request,
                                                            const CallContext& context) {
  std::vector<std::vector<Token>> all;
  for (size_t i = 0; i < request.texts.size(); ++i) {
    RETURN_IF_ERROR(CheckWanted(context));
    ASSIGN_OR_RETURN(std::vector<Token> tokens, TokensOf(model, request, i));
    all.push_back(std::move(tokens));
  }
  return all;
}

std::vector<float> ScoresAgainstFirst(std::span<const encoder::EncodedText> texts) {
  std::vector<float> scores;
  for (const encoder::EncodedText& target : texts.subspan(1)) {
    scores.push_back(Cosine(texts[0].values, target.values));
  }
  return scores;
}

void SimilarityWith(ModelPtr model, SimilarityRequest request, CallContext context,
                    Callback<std::vector<float>> done) {
  EncodeRequest encode;
  encode.texts = std::move(request.targets);
  encode.texts.insert(encode.texts.begin(), std::move(request.source));
  encode.field = [](size_t i) { return i == 0 ? "source" : Element("targets", i - 1); };
  encode.context = std::move(context);
  EncodeTexts(model, std::move(encode),
              [done = std::move(done)](absl::StatusOr<encoder::EncodeResult> encoded) {
                if (!encoded.ok()) return done(std::move(encoded).status());
                done(ScoresAgainstFirst(encoded->texts));
              });
}

}  // namespace

Stages StagesOf(const encoder::EncodeResult& encoded) {
  Stages stages;
  stages.tokenize = Micros(encoded.tokenize);
  stages.queue = Micros(encoded.queue);
  stages.encode = Micros(encoded.encode);
  return stages;
}

void EncodeTexts(ModelPtr model, EncodeRequest request, Callback<encoder::EncodeResult> done) {
  auto kept = std::make_shared<const EncodeRequest>(std::move(request));
  encoder::EncodeJob job{kept->texts,
                         kept->lane,
                         kept->truncation,
                         std::string(PromptOf(model->info(), kept->role)),
                         kept->context.deadline,
                         kept->context.cancelled};
  encoder::BatchScheduler& scheduler = *model->scheduler;
  const absl::Status submitted =
      scheduler.Submit(std::move(job), [model, kept, done](absl::StatusOr<encoder::EncodeResult> encoded) {
        if (encoded.ok()) return done(std::move(encoded));
        done(LocateRefusal(*model, *kept, std::move(encoded).status()));
      });
  if (!submitted.ok()) done(WithRetryIfFull(submitted));
}

void Embed(ModelRegistry& models, const Limits& limits, EmbedRequest request, CallContext context,
           Callback<EmbedResult> done) {
  if (absl::Status status = CheckTexts("texts", request.texts, limits); !status.ok()) {
    return done(std::move(status));
  }
  std::string name = request.model;
  models.Find(std::move(name), [request = std::move(request), context = std::move(context),
                                done = std::move(done)](absl::StatusOr<ModelPtr> model) {
    if (!model.ok()) return done(std::move(model).status());
    EmbedWith(*model, request, context, done);
  });
}

void Tokenize(ModelRegistry& models, ThreadPool& pool, const Limits& limits, TokenizeRequest request,
              CallContext context, Callback<std::vector<std::vector<Token>>> done) {
  if (absl::Status status = CheckTexts("texts", request.texts, limits); !status.ok()) {
    return done(std::move(status));
  }
  std::string name = request.model;
  models.Find(std::move(name), [&pool, request = std::move(request), context = std::move(context),
                                done = std::move(done)](absl::StatusOr<ModelPtr> model) {
    if (!model.ok()) return done(std::move(model).status());
    Run<std::vector<std::vector<Token>>>(
        pool, done, [model = *model, request, context] { return TokenizeAll(*model, request, context); });
  });
}

void Similarity(ModelRegistry& models, const Limits& limits, SimilarityRequest request, CallContext context,
                Callback<std::vector<float>> done) {
  absl::Status status = CheckText("source", request.source, limits.text_bytes);
  if (status.ok()) status = CheckTexts("targets", request.targets, limits);
  if (!status.ok()) return done(std::move(status));
  std::string name = request.model;
  models.Find(std::move(name), [request = std::move(request), context = std::move(context),
                                done = std::move(done)](absl::StatusOr<ModelPtr> model) {
    if (!model.ok()) return done(std::move(model).status());
    SimilarityWith(*model, request, context, done);
  });
}

}  // namespace voisin::service
