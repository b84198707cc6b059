#include "tests/support/tiny_checkpoint.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "base/status_macros.h"
#include "tests/support/tensor_maker.h"

namespace voisin::test {
namespace {

using nlohmann::json;

constexpr int64_t kWidth = 24;
constexpr int64_t kHeads = 3;
constexpr int64_t kInner = 40;
constexpr int64_t kLayers = 4;
constexpr int64_t kPositions = 48;
constexpr int64_t kMaxTokens = 40;
constexpr int64_t kPadding = 1;
constexpr int64_t kBuckets = 32;
constexpr int64_t kVocabularyMultiple = 64;  // nomic_bert pads its table to it

std::vector<std::string> Pieces() {
  std::vector<std::string> pieces = {"[UNK]", "[PAD]", "[CLS]", "[SEP]"};
  for (char c = '!'; c <= '~'; ++c) {
    if (c >= 'A' && c <= 'Z') continue;  // texts are lower-cased
    pieces.emplace_back(1, c);
    pieces.push_back(std::string("##") + c);
  }
  for (const char* word : {"the", "of", "cat", "dog", "banana", "play", "##ing", "search", "vector"}) {
    pieces.emplace_back(word);
  }
  return pieces;
}

json SpecialToken(const char* name, int type) {
  return {{"SpecialToken", {{"id", name}, {"type_id", type}}}};
}
json Sequence(const char* name, int type) { return {{"Sequence", {{"id", name}, {"type_id", type}}}}; }

json TokenizerJson(const std::vector<std::string>& pieces) {
  json vocabulary;
  for (size_t id = 0; id < pieces.size(); ++id) vocabulary[pieces[id]] = id;
  const json single = {SpecialToken("[CLS]", 0), Sequence("A", 0), SpecialToken("[SEP]", 0)};
  const json pair = {SpecialToken("[CLS]", 0), Sequence("A", 0), SpecialToken("[SEP]", 0), Sequence("B", 0),
                     SpecialToken("[SEP]", 0)};
  json special;
  for (const auto& [name, id] : {std::pair("[CLS]", 2), std::pair("[SEP]", 3)}) {
    special[name] = {{"id", name}, {"ids", json::array({id})}, {"tokens", json::array({name})}};
  }
  return {{"version", "1.0"},
          {"added_tokens", json::array()},
          {"normalizer",
           {{"type", "BertNormalizer"},
            {"clean_text", true},
            {"handle_chinese_chars", true},
            {"strip_accents", nullptr},
            {"lowercase", true}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"post_processor",
           {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}}},
          {"model",
           {{"type", "WordPiece"},
            {"unk_token", "[UNK]"},
            {"continuing_subword_prefix", "##"},
            {"max_input_chars_per_word", 100},
            {"vocab", vocabulary}}}};
}

// BERT's field names, which most families share.
json CommonConfig(const std::string& family, size_t pieces) {
  return {{"model_type", family},
          {"vocab_size", pieces},
          {"hidden_size", kWidth},
          {"num_hidden_layers", kLayers},
          {"num_attention_heads", kHeads},
          {"intermediate_size", kInner},
          {"max_position_embeddings", kPositions},
          {"hidden_act", "gelu"},
          {"layer_norm_eps", 1e-5},
          {"pad_token_id", kPadding}};
}

json BertConfig(const std::string& family, size_t pieces) {
  json config = CommonConfig(family, pieces);
  config["type_vocab_size"] = family == "bert" ? 2 : 1;
  return config;
}

json MpnetConfig(size_t pieces) {
  json config = CommonConfig("mpnet", pieces);
  config["relative_attention_num_buckets"] = kBuckets;
  return config;
}

json DistilbertConfig(size_t pieces) {
  return {{"model_type", "distilbert"},
          {"vocab_size", pieces},
          {"dim", kWidth},
          {"n_layers", kLayers},
          {"n_heads", kHeads},
          {"hidden_dim", kInner},
          {"activation", "gelu"},
          {"max_position_embeddings", kPositions}};
}

json NomicConfig(size_t pieces, bool biases) {
  return {{"model_type", "nomic_bert"},
          {"vocab_size", pieces},
          {"pad_vocab_size_multiple", kVocabularyMultiple},
          {"n_embd", kWidth},
          {"n_layer", kLayers},
          {"n_head", kHeads},
          {"n_inner", kInner},
          {"n_positions", kPositions},
          {"type_vocab_size", 2},
          {"layer_norm_epsilon", 1e-12},
          {"activation_function", biases ? "geglu" : "swiglu"},
          {"rotary_emb_base", 1000},
          {"rotary_emb_fraction", biases ? 0.5 : 1.0},
          {"qkv_proj_bias", biases},
          {"mlp_fc1_bias", biases},
          {"mlp_fc2_bias", biases}};
}

json ModernbertConfig(size_t pieces, bool biases) {
  json config = CommonConfig("modernbert", pieces);
  config.update({{"hidden_activation", "gelu"},
                 {"norm_eps", 1e-5},
                 {"global_attn_every_n_layers", 3},
                 {"local_attention", 8},
                 {"global_rope_theta", 160000.0},
                 {"local_rope_theta", 10000.0},
                 {"attention_bias", biases},
                 {"mlp_bias", biases},
                 {"norm_bias", biases}});
  return config;
}

json ConfigJson(const TinyCheckpoint& checkpoint, size_t pieces) {
  if (checkpoint.family == "distilbert") return DistilbertConfig(pieces);
  if (checkpoint.family == "mpnet") return MpnetConfig(pieces);
  if (checkpoint.family == "nomic_bert") return NomicConfig(pieces, checkpoint.biases);
  if (checkpoint.family == "modernbert") return ModernbertConfig(pieces, checkpoint.biases);
  return BertConfig(checkpoint.family, pieces);
}

struct LayerNames {
  const char* layers;
  std::array<const char*, 4> square;  // query, key, value, output
  const char* attention_norm;
  const char* up;
  const char* down;
  const char* norm;
};

// Embeddings and layers of the families that grew from BERT.
void AddPostNorm(const LayerNames& names, const json& config, TensorMaker& tensors) {
  tensors.AddMatrix("embeddings.word_embeddings.weight", config.at("vocab_size"), kWidth, 1);
  tensors.AddMatrix("embeddings.position_embeddings.weight", kPositions, kWidth, 0.5f);
  if (config.contains("type_vocab_size")) {
    tensors.AddMatrix("embeddings.token_type_embeddings.weight", config.at("type_vocab_size"), kWidth, 0.5f);
  }
  tensors.AddNorm("embeddings.LayerNorm", kWidth);
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = names.layers + std::to_string(i) + ".";
    for (const char* name : names.square) tensors.AddDense(layer + name, kWidth, kWidth);
    tensors.AddNorm(layer + names.attention_norm, kWidth);
    tensors.AddDense(layer + names.up, kInner, kWidth);
    tensors.AddDense(layer + names.down, kWidth, kInner);
    tensors.AddNorm(layer + names.norm, kWidth);
  }
}

void AddBert(const json& config, TensorMaker& tensors) {
  AddPostNorm({.layers = "encoder.layer.",
               .square = {"attention.self.query", "attention.self.key", "attention.self.value",
                          "attention.output.dense"},
               .attention_norm = "attention.output.LayerNorm",
               .up = "intermediate.dense",
               .down = "output.dense",
               .norm = "output.LayerNorm"},
              config, tensors);
}

void AddDistilbert(const json& config, TensorMaker& tensors) {
  AddPostNorm({.layers = "transformer.layer.",
               .square = {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"},
               .attention_norm = "sa_layer_norm",
               .up = "ffn.lin1",
               .down = "ffn.lin2",
               .norm = "output_layer_norm"},
              config, tensors);
}

void AddMpnet(const json& config, TensorMaker& tensors) {
  AddPostNorm({.layers = "encoder.layer.",
               .square = {"attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"},
               .attention_norm = "attention.LayerNorm",
               .up = "intermediate.dense",
               .down = "output.dense",
               .norm = "output.LayerNorm"},
              config, tensors);
  tensors.AddMatrix("encoder.relative_attention_bias.weight", kBuckets, kHeads, 1);
}

void AddNomic(const json& config, TensorMaker& tensors) {
  const bool biases = config.at("qkv_proj_bias");
  const int64_t pieces = config.at("vocab_size");
  const int64_t rows = (pieces + kVocabularyMultiple - 1) / kVocabularyMultiple * kVocabularyMultiple;
  tensors.AddMatrix("embeddings.word_embeddings.weight", rows, kWidth, 1);
  tensors.AddMatrix("embeddings.token_type_embeddings.weight", 2, kWidth, 0.5f);
  tensors.AddNorm("emb_ln", kWidth);
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = "encoder.layers." + std::to_string(i) + ".";
    tensors.AddDense(layer + "attn.Wqkv", 3 * kWidth, kWidth, biases);
    tensors.AddDense(layer + "attn.out_proj", kWidth, kWidth, biases);
    tensors.AddNorm(layer + "norm1", kWidth);
    tensors.AddDense(layer + "mlp.fc11", kInner, kWidth, biases);
    tensors.AddDense(layer + "mlp.fc12", kInner, kWidth, biases);
    tensors.AddDense(layer + "mlp.fc2", kWidth, kInner, biases);
    tensors.AddNorm(layer + "norm2", kWidth);
  }
}

void AddModernbert(const json& config, TensorMaker& tensors) {
  const bool biases = config.at("norm_bias");
  tensors.AddMatrix("embeddings.tok_embeddings.weight", config.at("vocab_size"), kWidth, 1);
  tensors.AddNorm("embeddings.norm", kWidth, biases);
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    if (i > 0) tensors.AddNorm(layer + "attn_norm", kWidth, biases);
    tensors.AddDense(layer + "attn.Wqkv", 3 * kWidth, kWidth, biases);
    tensors.AddDense(layer + "attn.Wo", kWidth, kWidth, biases);
    tensors.AddNorm(layer + "mlp_norm", kWidth, biases);
    tensors.AddDense(layer + "mlp.Wi", 2 * kInner, kWidth, biases);
    tensors.AddDense(layer + "mlp.Wo", kWidth, kInner, biases);
  }
  tensors.AddNorm("final_norm", kWidth, biases);
}

void AddTensors(const json& config, TensorMaker& tensors) {
  const std::string family = config.at("model_type");
  if (family == "distilbert") return AddDistilbert(config, tensors);
  if (family == "mpnet") return AddMpnet(config, tensors);
  if (family == "nomic_bert") return AddNomic(config, tensors);
  if (family == "modernbert") return AddModernbert(config, tensors);
  AddBert(config, tensors);
}

json ModulesJson() {
  json modules = json::array();
  for (const auto& [path, type] : {std::pair("", "Transformer"), std::pair("1_Pooling", "Pooling"),
                                   std::pair("2_Normalize", "Normalize")}) {
    modules.push_back({{"idx", modules.size()},
                       {"name", std::to_string(modules.size())},
                       {"path", path},
                       {"type", std::string("sentence_transformers.models.") + type}});
  }
  return modules;
}

}  // namespace

absl::Status WriteTinyCheckpoint(const TinyCheckpoint& checkpoint, const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::create_directories(dir / "1_Pooling", error);
  if (error) return absl::ErrnoToStatus(error.value(), dir.string());
  const std::vector<std::string> pieces = Pieces();
  const json config = ConfigJson(checkpoint, pieces.size());
  const json pooling = {{"word_embedding_dimension", kWidth}, {"pooling_mode_mean_tokens", true}};
  const json limits = {{"max_seq_length", kMaxTokens}};
  RETURN_IF_ERROR(WriteFileAtomically(dir / "config.json", config.dump(1)));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "tokenizer.json", TokenizerJson(pieces).dump(1)));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "modules.json", ModulesJson().dump(1)));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "sentence_bert_config.json", limits.dump(1)));
  RETURN_IF_ERROR(WriteFileAtomically(dir / "1_Pooling" / "config.json", pooling.dump(1)));
  TensorMaker tensors;
  AddTensors(config, tensors);
  return tensors.Write(dir / "model.safetensors");
}

}  // namespace voisin::test
