#include "encoder/text_encoder.h"

#include <algorithm>
#include <bit>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "encoder/lower_case.h"
#include "encoder/model_config.h"
#include "encoder/pooling.h"
#include "encoder/tensor_names.h"
#include "encoder/transformer.h"
#include "encoder/weights.h"
#include "encoder/windows.h"

namespace voisin::encoder {
namespace {

// Whole texts up to this many tokens go through the layers together, whatever the batch: more rows make the
// products no faster, and the states stay in the cache.
constexpr int32_t kPassTokens = 512;

struct EncoderScratch {
  Batch pass;
  TransformerScratch transformer;
  FloatBuffer pooled[2];
};

std::string DescribeTransformer(const TransformerConfig& c) {
  return absl::StrCat(c.model_type, " ", c.num_attention_heads, " ",
                      std::bit_cast<uint32_t>(c.layer_norm_eps), " ",
                      std::bit_cast<uint32_t>(c.embedding_scale), " ", static_cast<int>(c.hidden_act), " ",
                      static_cast<int>(c.position_embedding_type), " ", static_cast<int>(c.norm_placement),
                      " ", c.embedding_norm, " ", c.final_norm);
}

std::string DigestOf(const Weights& weights) {
  std::string digest;
  for (size_t file = 0; file < weights.files(); ++file) digest += Fingerprint(weights.file_bytes(file));
  return digest;
}

// Everything that only some families have; models without it keep the fingerprint that they had before.
std::string DescribeFamily(const TransformerConfig& c) {
  const TransformerConfig plain;
  std::string text;
  const auto add = [&text](std::string_view name, const auto& value, const auto& usual) {
    if (value != usual) absl::StrAppend(&text, std::string(name), " ", value, "\n");
  };
  add("position_offset", c.position_offset, plain.position_offset);
  add("padding_id", c.padding_id, plain.padding_id);
  add("rotary_fraction", std::bit_cast<uint32_t>(c.rotary_fraction), std::bit_cast<uint32_t>(1.0f));
  add("rope_theta", std::bit_cast<uint32_t>(c.rope_theta), std::bit_cast<uint32_t>(plain.rope_theta));
  add("local_rope_theta", std::bit_cast<uint32_t>(c.local_rope_theta),
      std::bit_cast<uint32_t>(plain.local_rope_theta));
  add("local_attention", c.local_attention, plain.local_attention);
  add("global_attn_every_n_layers", c.global_attn_every_n_layers, plain.global_attn_every_n_layers);
  return text;
}

// What decides a vector beside the tensors and the tokenizer.
std::string DescribeModel(const ModelConfig& config) {
  std::string text = absl::StrCat("voisin 1\n", DescribeTransformer(config.transformer), "\n",
                                  static_cast<int>(config.pooling.front()), " ", config.normalize, " ",
                                  config.max_seq_length, " ", config.collapse_whitespace, "\n");
  for (const DenseConfig& dense : config.dense)
    absl::StrAppend(&text, static_cast<int>(dense.activation), "\n");
  text += DescribeFamily(config.transformer);
  for (size_t i = 1; i < config.pooling.size(); ++i)
    absl::StrAppend(&text, "and pooling ", static_cast<int>(config.pooling[i]), "\n");
  if (!config.include_prompt) text += "prompt left out\n";
  if (config.do_lower_case) text += "lower case\n";
  for (const auto& [name, prompt] : config.prompts)
    absl::StrAppend(&text, "prompt ", name.size(), " ", name, " ", prompt, "\n");
  if (!config.default_prompt_name.empty())
    absl::StrAppend(&text, "default ", config.default_prompt_name, "\n");
  return text;
}

absl::Status CheckDirectory(const std::filesystem::path& model_dir) {
  std::error_code error;
  if (std::filesystem::is_directory(model_dir, error)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no model directory at ", model_dir.string()));
}

absl::Status InModel(const std::filesystem::path& model_dir, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(model_dir.string(), ": ", std::string(status.message())));
}

// Keeps `keep` tokens: the special ones and the head (end) or the tail (start) of the rest.
template <typename T>
void Cut(std::vector<T>& values, size_t keep, size_t before, size_t after, Truncation truncation) {
  const size_t surplus = values.size() - keep;
  const size_t first = truncation == Truncation::end ? values.size() - after - surplus : before;
  const auto begin = values.begin() + static_cast<ptrdiff_t>(first);
  values.erase(begin, begin + static_cast<ptrdiff_t>(surplus));
}

class DirectoryEncoder : public TextEncoder {
 public:
  static absl::StatusOr<std::unique_ptr<TextEncoder>> Open(const std::filesystem::path& model_dir,
                                                           const LoadOptions& options);

  const ModelInfo& info() const override { return info_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  absl::StatusOr<TokenizedText> Tokenize(std::string_view text, Truncation truncation,
                                         std::string_view prompt) const override;
  absl::Status Encode(const Batch& batch, std::span<float> rows) const override;

 private:
  absl::Status LoadDense(const std::filesystem::path& model_dir);
  absl::Status CheckVocabulary() const;
  // What the tokenizer is given.
  std::string Prepared(std::string_view prompt, std::string_view text) const;
  // Tokens at the front that pooling leaves out, as sentence-transformers counts them.
  absl::StatusOr<int32_t> PromptLength(std::string_view prompt) const;
  // The first `kept` bytes of the text stay, in each window too.
  absl::Status Truncate(Truncation truncation, size_t kept, TokenizedText& text) const;
  // One row per text of scratch.pass.
  void EncodePass(EncoderScratch& scratch, float* rows) const;
  void PoolPass(EncoderScratch& scratch, float* pooled) const;

  ModelConfig config_;
  ModelInfo info_;
  std::unique_ptr<Tokenizer> tokenizer_;
  Transformer transformer_;
  std::vector<Linear> dense_;
};

// "mean", or "cls+mean" where two are joined.
std::string PoolingText(const std::vector<PoolingMode>& modes) {
  return absl::StrJoin(modes, "+", [](std::string* text, PoolingMode mode) {
    absl::StrAppend(text, std::string(PoolingModeName(mode)));
  });
}

ModelInfo DescribeInfo(const ModelConfig& config, std::string fingerprint, Precision precision) {
  ModelInfo info;
  info.name = config.name;
  info.architecture = config.transformer.model_type;
  info.pooling = PoolingText(config.pooling);
  info.fingerprint = std::move(fingerprint);
  info.dimensions = config.dimensions();
  info.max_tokens = config.max_seq_length;
  info.normalize = config.normalize;
  info.collapse_whitespace = config.collapse_whitespace;
  info.prompts = config.prompts;
  info.default_prompt_name = config.default_prompt_name;
  info.similarity_fn_name = config.similarity_fn_name;
  info.precision = precision;
  info.language = config.lexical_language;
  info.dense_weight = config.dense_weight;
  return info;
}

// Over all files that decide a vector; `weights` are those of the directory itself.
absl::StatusOr<std::string> FingerprintOf(const std::filesystem::path& model_dir, const ModelConfig& config,
                                          const Weights& weights, Precision precision) {
  ASSIGN_OR_RETURN(const std::string tokenizer_fingerprint, TokenizerFingerprint(model_dir));
  std::string digest = absl::StrCat(DescribeModel(config), DigestOf(weights), tokenizer_fingerprint);
  for (const DenseConfig& dense : config.dense) {
    ASSIGN_OR_RETURN(const Weights head, Weights::LoadModel(model_dir / dense.directory));
    digest += DigestOf(head);
  }
  // Fingerprints of fp32 are those of the time before there was a choice.
  if (precision != Precision::fp32) absl::StrAppend(&digest, "\n", std::string(PrecisionName(precision)));
  return Fingerprint(digest);
}

absl::StatusOr<std::unique_ptr<TextEncoder>> DirectoryEncoder::Open(const std::filesystem::path& model_dir,
                                                                    const LoadOptions& options) {
  RETURN_IF_ERROR(CheckDirectory(model_dir));
  auto encoder = std::make_unique<DirectoryEncoder>();
  ASSIGN_OR_RETURN(encoder->config_, LoadModelConfig(model_dir));
  const ModelConfig& config = encoder->config_;
  ASSIGN_OR_RETURN(encoder->tokenizer_, LoadTokenizer(model_dir));
  RETURN_IF_ERROR(InModel(model_dir, encoder->CheckVocabulary()));
  ASSIGN_OR_RETURN(Weights weights, Weights::LoadModel(model_dir));
  RETURN_IF_ERROR(InModel(model_dir, CheckLayerTensors(config.transformer, weights)));
  weights.set_linear_precision(options.precision);
  auto transformer = Transformer::Load(config.transformer, weights, config.max_seq_length);
  if (!transformer.ok()) return InModel(model_dir, transformer.status());
  encoder->transformer_ = *std::move(transformer);
  RETURN_IF_ERROR(encoder->LoadDense(model_dir));
  ASSIGN_OR_RETURN(std::string fingerprint, FingerprintOf(model_dir, config, weights, options.precision));
  encoder->info_ = DescribeInfo(config, std::move(fingerprint), options.precision);
  return encoder;
}

absl::Status DirectoryEncoder::LoadDense(const std::filesystem::path& model_dir) {
  for (const DenseConfig& dense : config_.dense) {
    ASSIGN_OR_RETURN(const Weights weights, Weights::LoadModel(model_dir / dense.directory));
    ASSIGN_OR_RETURN(Linear linear, Linear::Load(weights, "linear", dense.out_features, dense.in_features,
                                                 dense.activation, dense.bias));
    dense_.push_back(std::move(linear));
  }
  return absl::OkStatus();
}

absl::Status DirectoryEncoder::CheckVocabulary() const {
  const int32_t rows = config_.transformer.vocab_size;
  if (tokenizer_->vocab_size() <= rows) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the tokenizer has ", tokenizer_->vocab_size(),
                                                 " tokens, config.json's vocab_size is ", rows));
}

// White space at the ends does not count, as in sentence-transformers.
std::string DirectoryEncoder::Prepared(std::string_view prompt, std::string_view text) const {
  std::string whole = absl::StrCat(std::string(prompt), std::string(text));
  if (!config_.collapse_whitespace) whole = TrimWhitespace(whole);
  return config_.do_lower_case ? LowerCase(whole) : whole;
}

absl::StatusOr<int32_t> DirectoryEncoder::PromptLength(std::string_view prompt) const {
  if (config_.include_prompt || prompt.empty()) return 0;
  ASSIGN_OR_RETURN(const Encoding alone, tokenizer_->Encode(Prepared(prompt, ""), true));
  return static_cast<int32_t>(alone.input_ids.size()) - tokenizer_->special_tokens_after();
}

absl::StatusOr<TokenizedText> DirectoryEncoder::Tokenize(std::string_view text, Truncation truncation,
                                                         std::string_view prompt) const {
  TokenizedText tokenized;
  ASSIGN_OR_RETURN(tokenized.encoding, tokenizer_->Encode(Prepared(prompt, text), true));
  const size_t count = tokenized.encoding.input_ids.size();
  tokenized.token_count = static_cast<uint32_t>(count);
  if (count == 0) return absl::InvalidArgumentError("text has no token");
  if (tokenized.token_count > static_cast<uint32_t>(info_.max_tokens)) {
    RETURN_IF_ERROR(Truncate(truncation, prompt.size(), tokenized));
  }
  ASSIGN_OR_RETURN(tokenized.encoding.prompt_length, PromptLength(prompt));
  for (Encoding& window : tokenized.more) window.prompt_length = tokenized.encoding.prompt_length;
  if (std::cmp_less(tokenized.encoding.prompt_length, tokenized.encoding.input_ids.size())) return tokenized;
  return absl::InvalidArgumentError(absl::StrCat("the prompt of ", tokenized.encoding.prompt_length,
                                                 " tokens leaves none of ", info_.max_tokens,
                                                 " to the text"));
}

absl::Status DirectoryEncoder::Truncate(Truncation truncation, size_t kept, TokenizedText& text) const {
  if (truncation == Truncation::error) {
    return absl::InvalidArgumentError(absl::StrCat(
        "text has ", text.token_count, " tokens, the limit of model ", info_.name, " is ", info_.max_tokens));
  }
  const auto keep = static_cast<size_t>(info_.max_tokens);
  const auto after = static_cast<size_t>(tokenizer_->special_tokens_after());
  auto before = static_cast<size_t>(tokenizer_->special_tokens_before());
  const std::vector<ByteSpan>& offsets = text.encoding.offsets;
  while (before + after < offsets.size() && offsets[before].begin < kept) ++before;
  if (before + after >= keep) {
    return absl::InvalidArgumentError(absl::StrCat("prompt and special tokens are ", before + after,
                                                   " tokens, the limit of model ", info_.name, " is ", keep));
  }
  if (truncation == Truncation::chunk) {
    std::vector<Encoding> windows = CutIntoWindows(text.encoding, before, after, keep);
    text.encoding = std::move(windows.front());
    text.more.assign(std::make_move_iterator(windows.begin() + 1), std::make_move_iterator(windows.end()));
    return absl::OkStatus();
  }
  Cut(text.encoding.input_ids, keep, before, after, truncation);
  Cut(text.encoding.token_type_ids, keep, before, after, truncation);
  Cut(text.encoding.offsets, keep, before, after, truncation);
  text.truncated = true;
  return absl::OkStatus();
}

// Moves whole texts, from `text` on, into `pass` up to its token budget (one longer text goes alone). Returns
// the first text left out.
int32_t FillPass(const Batch& batch, int32_t text, Batch& pass) {
  pass.Clear();
  for (; text < batch.size(); ++text) {
    const int32_t begin = batch.cumulative_seq_lengths[static_cast<size_t>(text)];
    const int32_t end = batch.cumulative_seq_lengths[static_cast<size_t>(text) + 1];
    if (pass.size() > 0 && pass.tokens() + end - begin > kPassTokens) break;
    pass.Append(batch, text);
  }
  return text;
}

absl::Status DirectoryEncoder::Encode(const Batch& batch, std::span<float> rows) const {
  thread_local EncoderScratch scratch;
  const auto needed = static_cast<size_t>(batch.size()) * static_cast<size_t>(info_.dimensions);
  if (rows.size() != needed) {
    return absl::InvalidArgumentError(
        absl::StrCat("room for ", rows.size(), " floats, ", batch.size(), " texts need ", needed));
  }
  RETURN_IF_ERROR(transformer_.Check(batch));
  float* row = rows.data();
  for (int32_t text = 0; text < batch.size(); row += int64_t{scratch.pass.size()} * info_.dimensions) {
    text = FillPass(batch, text, scratch.pass);
    EncodePass(scratch, row);
  }
  return absl::OkStatus();
}

void DirectoryEncoder::PoolPass(EncoderScratch& scratch, float* pooled) const {
  const auto& prompts = scratch.pass.prompt_lengths;
  const bool whole = std::all_of(prompts.begin(), prompts.end(), [](int32_t length) { return length == 0; });
  if (whole && config_.pooling == std::vector{PoolingMode::mean}) {
    return transformer_.ForwardMeans(scratch.pass, scratch.transformer, pooled);
  }
  const float* states = transformer_.Forward(scratch.pass, scratch.transformer);
  PoolBatch(config_.pooling, states, scratch.pass, config_.transformer.hidden_size, pooled);
}

void DirectoryEncoder::EncodePass(EncoderScratch& scratch, float* rows) const {
  const int64_t texts = scratch.pass.size();
  float* x = dense_.empty() ? rows : scratch.pooled[0].Reserve(texts * config_.pooled_size());
  PoolPass(scratch, x);
  for (size_t i = 0; i < dense_.size(); ++i) {
    const bool last = i + 1 == dense_.size();
    float* y = last ? rows : scratch.pooled[(i + 1) % 2].Reserve(texts * dense_[i].out());
    dense_[i].Apply(x, texts, y);
    x = y;
  }
  if (!config_.normalize) return;
  for (int64_t i = 0; i < texts; ++i) {
    BestKernels().l2_normalize(rows + i * info_.dimensions, info_.dimensions);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<TextEncoder>> TextEncoder::Load(const std::filesystem::path& model_dir,
                                                               const LoadOptions& options) {
  return DirectoryEncoder::Open(model_dir, options);
}

absl::StatusOr<ModelInfo> TextEncoder::Describe(const std::filesystem::path& model_dir,
                                                const LoadOptions& options) {
  RETURN_IF_ERROR(CheckDirectory(model_dir));
  ASSIGN_OR_RETURN(const ModelConfig config, LoadModelConfig(model_dir));
  ASSIGN_OR_RETURN(const Weights weights, Weights::LoadModel(model_dir));
  RETURN_IF_ERROR(InModel(model_dir, CheckLayerTensors(config.transformer, weights)));
  ASSIGN_OR_RETURN(std::string fingerprint, FingerprintOf(model_dir, config, weights, options.precision));
  return DescribeInfo(config, std::move(fingerprint), options.precision);
}

}  // namespace voisin::encoder
