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
                                                 const TensorNames& names, int32_t max_tokens) {
  const int64_t width = config.embedding_size;
  const std::string prefix(PrefixOf(names, weights));
  switch (config.position_embedding_type) {
    case PositionEmbedding::none:
    case PositionEmbedding::rotary:
      return std::vector<float>();
    case PositionEmbedding::absolute: {
      if (max_tokens > config.max_tokens()) {
        return absl::InvalidArgumentError(absl::StrCat("max_seq_length is ", max_tokens, ", but only ",
                                                       config.max_tokens(),
                                                       " positions exist (max_position_embeddings)"));
      }
      const int64_t shape[] = {config.max_position_embeddings, width};
      return weights.Floats(absl::StrCat(prefix, std::string(names.position_embeddings), ".weight"), shape);
    }
    case PositionEmbedding::sinusoidal: {
      const int64_t shape[] = {width / 2};
      if (width % 2 != 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("sinusoidal positions need an even width, not ", width));
      }
      ASSIGN_OR_RETURN(const std::vector<float> timescales,
                       weights.Floats(prefix + "embeddings.inv_timescale", shape));
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
                                            const TensorNames& names, int32_t max_tokens) {
  const auto name = [prefix = std::string(PrefixOf(names, weights))](std::string_view tensor) {
    return prefix + std::string(tensor);
  };
  Embeddings embeddings;
  embeddings.width_ = config.embedding_size;
  embeddings.max_tokens_ = max_tokens;
  embeddings.position_offset_ = config.position_offset;
  embeddings.padding_id_ = config.padding_id;
  embeddings.scale_ = config.embedding_scale;
  const int64_t words[] = {config.vocab_size, config.embedding_size};
  ASSIGN_OR_RETURN(embeddings.words_, weights.Floats(name(names.word_embeddings) + ".weight", words));
  ASSIGN_OR_RETURN(embeddings.positions_, LoadPositions(config, weights, names, max_tokens));
  if (config.type_vocab_size > 0) {
    const int64_t types[] = {config.type_vocab_size, config.embedding_size};
    ASSIGN_OR_RETURN(embeddings.types_, weights.Floats(name(names.token_type_embeddings) + ".weight", types));
  }
  embeddings.has_norm_ = config.embedding_norm;
  if (config.embedding_norm) {
    ASSIGN_OR_RETURN(embeddings.norm_,
                     LayerNorm::Load(weights, name(names.embedding_norm), config.embedding_size,
                                     config.layer_norm_eps, config.norm_bias));
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

void Embeddings::EmbedText(const Batch& batch, int32_t begin, int32_t end, float* x) const {
  int32_t next = position_offset_;
  for (int32_t token = begin; token < end; ++token, x += width_) {
    const auto i = static_cast<size_t>(token);
    const int32_t id = batch.input_ids[i];
    EmbedToken(id, id == padding_id_ ? padding_id_ : next++, batch.token_type_ids[i], x);
  }
}

void Embeddings::Embed(const Batch& batch, float* x) const {
  for (size_t text = 0; text + 1 < batch.cumulative_seq_lengths.size(); ++text) {
    const int32_t begin = batch.cumulative_seq_lengths[text];
    EmbedText(batch, begin, batch.cumulative_seq_lengths[text + 1], x + begin * width_);
  }
  if (has_norm_) norm_.Apply(x, batch.tokens(), x);
}

absl::StatusOr<Transformer> Transformer::Load(const TransformerConfig& config, const Weights& weights,
                                              int32_t max_tokens) {
  RETURN_IF_ERROR(CheckSizes(config));
  const TensorNames* names = FindTensorNames(config);
  if (names == nullptr) {
    return absl::UnimplementedError(absl::StrCat("no tensor names of model_type ", config.model_type));
  }
  Transformer transformer;
  transformer.config_ = config;
  ASSIGN_OR_RETURN(transformer.embeddings_, Embeddings::Load(config, weights, *names, max_tokens));
  RETURN_IF_ERROR(transformer.LoadPattern(weights, *names, max_tokens));
  RETURN_IF_ERROR(transformer.LoadLayers(weights, *names));
  return transformer;
}

absl::Status Transformer::LoadPattern(const Weights& weights, const TensorNames& names, int32_t max_tokens) {
  const int64_t heads = config_.num_attention_heads;
  if (const int64_t buckets = config_.relative_attention_num_buckets; buckets > 0) {
    const int64_t shape[] = {buckets, heads};
    const std::string name = absl::StrCat(std::string(PrefixOf(names, weights)),
                                          std::string(names.relative_attention_bias), ".weight");
    ASSIGN_OR_RETURN(const std::vector<float> table, weights.Floats(name, shape));
    bias_.emplace(table, buckets, heads, max_tokens);
  }
  if (config_.position_embedding_type != PositionEmbedding::rotary) return absl::OkStatus();
  const int64_t head_size = config_.hidden_size / heads;
  const auto rotated = static_cast<int64_t>(static_cast<float>(head_size) * config_.rotary_fraction);
  rotation_.emplace(rotated, config_.rope_theta, max_tokens);
  if (config_.local_attention > 0) local_rotation_.emplace(rotated, config_.local_rope_theta, max_tokens);
  return absl::OkStatus();
}

absl::Status Transformer::LoadLayers(const Weights& weights, const TensorNames& names) {
  const std::string prefix(PrefixOf(names, weights));
  for (int32_t i = 0; i < config_.num_hidden_layers; ++i) {
    const LayerTensors tensors = {config_, names, absl::StrCat(prefix, std::string(names.layers), i, "."), i};
    const int64_t in = i == 0 ? config_.embedding_size : config_.hidden_size;
    ASSIGN_OR_RETURN(auto layer, TransformerLayer::Load(weights, tensors, in));
    layers_.push_back(std::move(layer));
  }
  if (config_.final_norm) {
    ASSIGN_OR_RETURN(final_norm_,
                     LayerNorm::Load(weights, prefix + std::string(names.final_norm), config_.hidden_size,
                                     config_.layer_norm_eps, config_.norm_bias));
  }
  return absl::OkStatus();
}

AttentionPattern Transformer::PatternOf(size_t layer) const {
  AttentionPattern pattern;
  const bool local =
      config_.local_attention > 0 && layer % static_cast<size_t>(config_.global_attn_every_n_layers) != 0;
  if (local) pattern.reach = config_.local_attention / 2;
  if (bias_.has_value()) pattern.bias = &*bias_;
  if (rotation_.has_value()) pattern.rotation = local ? &*local_rotation_ : &*rotation_;
  return pattern;
}

const float* Transformer::Run(const Batch& batch, size_t layers, TransformerScratch& scratch) const {
  const int64_t size = batch.tokens() * std::max<int64_t>(embeddings_.width(), config_.hidden_size);
  float* states = scratch.states[0].Reserve(size);
  float* next = scratch.states[1].Reserve(size);
  embeddings_.Embed(batch, states);
  for (size_t i = 0; i < layers; ++i) {
    layers_[i].Forward(states, batch.cumulative_seq_lengths, PatternOf(i), scratch.layer, next);
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
    const AttentionPattern pattern = PatternOf(layers_.size() - 1);
    layers_.back().ForwardMeans(states, cumulative, pattern, scratch.layer, means);
  } else {
    Pool(PoolingMode::mean, Forward(batch, scratch), cumulative, config_.hidden_size, means);
  }
}

}  // namespace voisin::encoder
