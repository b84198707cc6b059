#include "encoder/transformer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/pooling.h"

namespace voisin::encoder {
namespace {

absl::Status CheckSizes(const TransformerConfig& config) {
  const int32_t heads = config.num_attention_heads;
  if (heads < 1)
    return absl::InvalidArgumentError(absl::StrCat("num_attention_heads is ", heads, ", not >= 1"));
  if (config.num_hidden_layers < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("num_hidden_layers is ", config.num_hidden_layers, ", not >= 1"));
  }
  for (const int32_t width : {config.embedding_size, config.hidden_size}) {
    if (width < 1 || width % heads != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("a layer of width ", width, " cannot be split into ", heads, " attention heads"));
    }
  }
  if (config.norm_placement == NormPlacement::post && config.embedding_size != config.hidden_size) {
    return absl::UnimplementedError(absl::StrCat("embedding_size ", config.embedding_size,
                                                 " beside hidden_size ", config.hidden_size,
                                                 " needs norm_placement pre"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> LoadPositions(const TransformerConfig& config, const Weights& weights,
                                                 const std::string& prefix, int32_t max_tokens) {
  const int64_t width = config.embedding_size;
  switch (config.position_embedding_type) {
    case PositionEmbedding::none:
      return std::vector<float>();
    case PositionEmbedding::absolute: {
      if (max_tokens > config.max_position_embeddings) {
        return absl::InvalidArgumentError(absl::StrCat("max_seq_length is ", max_tokens, ", but only ",
                                                       config.max_position_embeddings,
                                                       " positions exist (max_position_embeddings)"));
      }
      const int64_t shape[] = {config.max_position_embeddings, width};
      return weights.Floats(prefix + "position_embeddings.weight", shape);
    }
    case PositionEmbedding::sinusoidal: {
      const int64_t shape[] = {width / 2};
      if (width % 2 != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("sinusoidal positions need an even width, not ", width));
      }
      ASSIGN_OR_RETURN(const std::vector<float> timescales, weights.Floats(prefix + "inv_timescale", shape));
      return SinusoidalPositions(timescales, max_tokens);
    }
  }
  return absl::InternalError("unknown position embedding");
}

absl::Status CheckIds(const std::vector<int32_t>& ids, int64_t rows, const char* what) {
  for (const int32_t id : ids) {
    if (id >= 0 && id < rows) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(what, " ", id, " is outside the table of ", rows, " rows"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Embeddings> Embeddings::Load(const TransformerConfig& config, const Weights& weights,
                                            const std::string& prefix, int32_t max_tokens) {
  const std::string base = prefix + "embeddings.";
  Embeddings embeddings;
  embeddings.width_ = config.embedding_size;
  embeddings.max_tokens_ = max_tokens;
  embeddings.scale_ = config.embedding_scale;
  const int64_t words[] = {config.vocab_size, config.embedding_size};
  ASSIGN_OR_RETURN(embeddings.words_, weights.Floats(base + "word_embeddings.weight", words));
  ASSIGN_OR_RETURN(embeddings.positions_, LoadPositions(config, weights, base, max_tokens));
  if (config.type_vocab_size > 0) {
    const int64_t types[] = {config.type_vocab_size, config.embedding_size};
    ASSIGN_OR_RETURN(embeddings.types_, weights.Floats(base + "token_type_embeddings.weight", types));
  }
  embeddings.has_norm_ = config.embedding_norm;
  if (config.embedding_norm) {
    ASSIGN_OR_RETURN(embeddings.norm_, LayerNorm::Load(weights, base + "LayerNorm", config.embedding_size,
                                                       config.layer_norm_eps));
  }
  return embeddings;
}

absl::Status Embeddings::Check(const Batch& batch) const {
  const auto width = static_cast<size_t>(width_);
  for (int32_t text = 0; text < batch.size(); ++text) {
    const auto i = static_cast<size_t>(text);
    const int32_t length = batch.cumulative_seq_lengths[i + 1] - batch.cumulative_seq_lengths[i];
    if (length >= 1 && length <= max_tokens_) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("text ", text, " has ", length, " tokens; a forward pass takes 1 to ", max_tokens_));
  }
  RETURN_IF_ERROR(CheckIds(batch.input_ids, static_cast<int64_t>(words_.size() / width), "token id"));
  if (types_.empty()) return absl::OkStatus();
  return CheckIds(batch.token_type_ids, static_cast<int64_t>(types_.size() / width), "token type");
}

void Embeddings::EmbedToken(int32_t id, int32_t position, int32_t type, float* x) const {
  const Kernels& kernels = BestKernels();
  std::copy_n(words_.data() + id * width_, width_, x);
  if (scale_ != 1.0f) kernels.scale(x, scale_, width_);
  if (!positions_.empty()) kernels.add(x, positions_.data() + position * width_, width_);
  if (!types_.empty()) kernels.add(x, types_.data() + type * width_, width_);
}

void Embeddings::Embed(const Batch& batch, float* x) const {
  float* row = x;
  for (size_t text = 0; text + 1 < batch.cumulative_seq_lengths.size(); ++text) {
    const int32_t begin = batch.cumulative_seq_lengths[text];
    for (int32_t token = begin; token < batch.cumulative_seq_lengths[text + 1]; ++token, row += width_) {
      const auto i = static_cast<size_t>(token);
      EmbedToken(batch.input_ids[i], token - begin, batch.token_type_ids[i], row);
    }
  }
  if (has_norm_) norm_.Apply(x, batch.tokens(), x);
}

absl::StatusOr<Transformer> Transformer::Load(const TransformerConfig& config, const Weights& weights,
                                              int32_t max_tokens) {
  RETURN_IF_ERROR(CheckSizes(config));
  const std::string prefix = weights.Contains("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  Transformer transformer;
  transformer.config_ = config;
  ASSIGN_OR_RETURN(transformer.embeddings_, Embeddings::Load(config, weights, prefix, max_tokens));
  for (int32_t i = 0; i < config.num_hidden_layers; ++i) {
    const int64_t in = i == 0 ? config.embedding_size : config.hidden_size;
    ASSIGN_OR_RETURN(auto layer,
                     TransformerLayer::Load(weights, absl::StrCat(prefix, "encoder.layer.", i), config, in));
    transformer.layers_.push_back(std::move(layer));
  }
  if (config.final_norm) {
    ASSIGN_OR_RETURN(transformer.final_norm_, LayerNorm::Load(weights, prefix + "encoder.final_norm",
                                                              config.hidden_size, config.layer_norm_eps));
  }
  return transformer;
}

const float* Transformer::Run(const Batch& batch, size_t layers, TransformerScratch& scratch) const {
  const int64_t size = batch.tokens() * std::max<int64_t>(embeddings_.width(), config_.hidden_size);
  float* states = scratch.states[0].Reserve(size);
  float* next = scratch.states[1].Reserve(size);
  embeddings_.Embed(batch, states);
  for (size_t i = 0; i < layers; ++i) {
    layers_[i].Forward(states, batch.cumulative_seq_lengths, scratch.layer, next);
    std::swap(states, next);
  }
  if (config_.final_norm && layers == layers_.size()) final_norm_.Apply(states, batch.tokens(), states);
  return states;
}

const float* Transformer::Forward(const Batch& batch, TransformerScratch& scratch) const {
  return Run(batch, layers_.size(), scratch);
}

void Transformer::ForwardMeans(const Batch& batch, TransformerScratch& scratch, float* means) const {
  const auto& cumulative = batch.cumulative_seq_lengths;
  if (config_.norm_placement == NormPlacement::pre && !config_.final_norm) {
    const float* states = Run(batch, layers_.size() - 1, scratch);
    layers_.back().ForwardMeans(states, cumulative, scratch.layer, means);
  } else {
    Pool(PoolingMode::mean, Forward(batch, scratch), cumulative, config_.hidden_size, means);
  }
}

}  // namespace voisin::encoder
