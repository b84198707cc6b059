#include "tests/support/reference_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "encoder/weights.h"
#include "tests/support/reference_math.h"

namespace voisin::test {
namespace {

double NoBias(size_t /*head*/, size_t /*query*/, size_t /*key*/) { return 0; }

// T5's buckets (Raffel et al., 2020) of how far behind the query a key is, as MPNet takes them; in single precision where
// the published code is.
size_t Bucket(int64_t behind, int64_t buckets) {
  const int64_t half = buckets / 2;
  const int64_t side = behind < 0 ? half : 0;
  const int64_t away = std::abs(behind);
  const int64_t exact = half / 2;
  if (away < exact) return static_cast<size_t>(side + away);
  const float ratio = std::log(static_cast<float>(away) / static_cast<float>(exact)) /
                      std::log(128.0f / static_cast<float>(exact));
  const auto grown = exact + static_cast<int64_t>(ratio * static_cast<float>(half - exact));
  return static_cast<size_t>(side + std::min(grown, half - 1));
}

// RoBERTa counts its positions from behind the padding token's id; a padding token has that id for position.
std::vector<int32_t> PositionsBehindPadding(const std::vector<int32_t>& ids, int32_t padding) {
  std::vector<int32_t> positions;
  int32_t seen = 0;
  for (const int32_t id : ids) positions.push_back(id == padding ? padding : padding + ++seen);
  return positions;
}

std::vector<int32_t> PositionsFromZero(size_t tokens) {
  std::vector<int32_t> positions;
  for (size_t i = 0; i < tokens; ++i) positions.push_back(static_cast<int32_t>(i));
  return positions;
}

// A layer with its norms behind attention and feed-forward (Devlin et al., 2018), by its names.
struct PostNormNames {
  std::string layers, query, key, value, attention_output, attention_norm, up, down, norm;
};
struct PostNormShape {
  size_t layers, heads;
  double epsilon;
  std::string activation;
};

}  // namespace

struct ReferenceEncoder::Checkpoint {
  explicit Checkpoint(const std::filesystem::path& dir)
      : config(nlohmann::json::parse(std::ifstream(dir / "config.json"))),
        weights(encoder::Weights::Load(dir / "model.safetensors").value()) {
    const auto known = [this](const std::string& name) {
      return weights.Contains(name + "embeddings.word_embeddings.weight") ||
             weights.Contains(name + "embeddings.tok_embeddings.weight");
    };
    for (const char* name : {"bert.", "roberta.", "distilbert.", "mpnet.", "model."}) {
      if (known(name)) prefix = name;
    }
  }

  std::vector<double> Vector(const std::string& name) const {
    const auto tensor = weights.tensors().find(prefix + name);
    if (tensor == weights.tensors().end()) return {};
    const std::vector<float> values = weights.Floats(prefix + name, tensor->second.shape).value();
    return {values.begin(), values.end()};
  }
  Matrix Table(const std::string& name) const {
    const std::vector<double> values = Vector(name);
    const auto rows = static_cast<size_t>(weights.tensors().find(prefix + name)->second.shape.at(0));
    const size_t width = values.size() / rows;
    Matrix table;
    for (size_t row = 0; row < rows; ++row) {
      const auto first = values.begin() + static_cast<ptrdiff_t>(row * width);
      table.emplace_back(first, first + static_cast<ptrdiff_t>(width));
    }
    return table;
  }
  // Rows of a table.
  Matrix Rows(const std::string& name, const std::vector<int32_t>& ids) const {
    const Matrix table = Table(name + ".weight");
    Matrix rows;
    for (const int32_t id : ids) rows.push_back(table.at(static_cast<size_t>(id)));
    return rows;
  }
  Matrix Dense(const Matrix& x, const std::string& name) const {
    return Map(x, Table(name + ".weight"), Vector(name + ".bias"));
  }
  Matrix Norm(const Matrix& x, const std::string& name, double epsilon) const {
    return Normalized(x, Vector(name + ".weight"), Vector(name + ".bias"), epsilon);
  }

  Matrix PostNormLayers(Matrix x, const PostNormNames& names, const PostNormShape& shape,
                        const ScoreBias& bias) const;
  Matrix Bert(const std::vector<int32_t>& ids, const std::vector<int32_t>& types) const;
  Matrix Distilbert(const std::vector<int32_t>& ids) const;
  Matrix Mpnet(const std::vector<int32_t>& ids) const;
  Matrix Nomic(const std::vector<int32_t>& ids, const std::vector<int32_t>& types) const;
  Matrix NomicFeedForward(const Matrix& x, const std::string& mlp) const;
  Matrix Modernbert(const std::vector<int32_t>& ids) const;
  Matrix ModernbertAttention(const Matrix& x, size_t layer) const;

  nlohmann::json config;
  encoder::Weights weights;
  std::string prefix;
};

Matrix ReferenceEncoder::Checkpoint::PostNormLayers(Matrix x, const PostNormNames& names,
                                                    const PostNormShape& shape, const ScoreBias& bias) const {
  for (size_t i = 0; i < shape.layers; ++i) {
    const std::string layer = names.layers + std::to_string(i) + ".";
    const Matrix context = Attention(Dense(x, layer + names.query), Dense(x, layer + names.key),
                                     Dense(x, layer + names.value), shape.heads, bias);
    x = Norm(Sum(x, Dense(context, layer + names.attention_output)), layer + names.attention_norm,
             shape.epsilon);
    const Matrix hidden = Activated(Dense(x, layer + names.up), shape.activation);
    x = Norm(Sum(x, Dense(hidden, layer + names.down)), layer + names.norm, shape.epsilon);
  }
  return x;
}

Matrix ReferenceEncoder::Checkpoint::Bert(const std::vector<int32_t>& ids,
                                          const std::vector<int32_t>& types) const {
  const PostNormShape shape = {config.at("num_hidden_layers"), config.at("num_attention_heads"),
                               config.at("layer_norm_eps"), config.at("hidden_act")};
  const auto positions = config.at("model_type") == "bert"
                             ? PositionsFromZero(ids.size())
                             : PositionsBehindPadding(ids, config.at("pad_token_id"));
  Matrix x = Sum(Rows("embeddings.word_embeddings", ids), Rows("embeddings.position_embeddings", positions));
  x = Norm(Sum(x, Rows("embeddings.token_type_embeddings", types)), "embeddings.LayerNorm", shape.epsilon);
  const PostNormNames names = {"encoder.layer.",       "attention.self.query",   "attention.self.key",
                               "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
                               "intermediate.dense",   "output.dense",           "output.LayerNorm"};
  return PostNormLayers(x, names, shape, NoBias);
}

Matrix ReferenceEncoder::Checkpoint::Distilbert(const std::vector<int32_t>& ids) const {
  const PostNormShape shape = {config.at("n_layers"), config.at("n_heads"), 1e-12, config.at("activation")};
  const Matrix x = Sum(Rows("embeddings.word_embeddings", ids),
                       Rows("embeddings.position_embeddings", PositionsFromZero(ids.size())));
  const PostNormNames names = {"transformer.layer.", "attention.q_lin",   "attention.k_lin",
                               "attention.v_lin",    "attention.out_lin", "sa_layer_norm",
                               "ffn.lin1",           "ffn.lin2",          "output_layer_norm"};
  return PostNormLayers(Norm(x, "embeddings.LayerNorm", shape.epsilon), names, shape, NoBias);
}

Matrix ReferenceEncoder::Checkpoint::Mpnet(const std::vector<int32_t>& ids) const {
  const PostNormShape shape = {config.at("num_hidden_layers"), config.at("num_attention_heads"),
                               config.at("layer_norm_eps"), config.at("hidden_act")};
  const auto positions = PositionsBehindPadding(ids, config.at("pad_token_id"));
  const Matrix x =
      Sum(Rows("embeddings.word_embeddings", ids), Rows("embeddings.position_embeddings", positions));
  const PostNormNames names = {"encoder.layer.",     "attention.attn.q", "attention.attn.k",
                               "attention.attn.v",   "attention.attn.o", "attention.LayerNorm",
                               "intermediate.dense", "output.dense",     "output.LayerNorm"};
  const Matrix table = Table("encoder.relative_attention_bias.weight");
  const auto bias = [&table](size_t head, size_t query, size_t key) {
    const auto behind = static_cast<int64_t>(query) - static_cast<int64_t>(key);
    return table.at(Bucket(behind, static_cast<int64_t>(table.size()))).at(head);
  };
  return PostNormLayers(Norm(x, "embeddings.LayerNorm", shape.epsilon), names, shape, bias);
}

Matrix ReferenceEncoder::Checkpoint::NomicFeedForward(const Matrix& x, const std::string& mlp) const {
  const std::string activation = config.at("activation_function") == "geglu" ? "gelu" : "silu";
  const Matrix gate = Activated(Dense(x, mlp + "fc12"), activation);
  return Dense(Product(Dense(x, mlp + "fc11"), gate), mlp + "fc2");
}

Matrix ReferenceEncoder::Checkpoint::Nomic(const std::vector<int32_t>& ids,
                                           const std::vector<int32_t>& types) const {
  const double epsilon = config.at("layer_norm_epsilon");
  const size_t heads = config.at("n_head");
  const size_t width = config.at("n_embd");
  const auto rotated = [&](const Matrix& x) {
    return Rotated(x, heads, config.at("rotary_emb_base"), config.at("rotary_emb_fraction"));
  };
  Matrix x = Sum(Rows("embeddings.word_embeddings", ids), Rows("embeddings.token_type_embeddings", types));
  x = Norm(x, "emb_ln", epsilon);
  for (size_t i = 0; i < config.at("n_layer"); ++i) {
    const std::string layer = "encoder.layers." + std::to_string(i) + ".";
    const Matrix qkv = Dense(x, layer + "attn.Wqkv");
    const Matrix context = Attention(rotated(Columns(qkv, 0, width)), rotated(Columns(qkv, width, 2 * width)),
                                     Columns(qkv, 2 * width, 3 * width), heads, NoBias);
    x = Norm(Sum(x, Dense(context, layer + "attn.out_proj")), layer + "norm1", epsilon);
    x = Norm(Sum(x, NomicFeedForward(x, layer + "mlp.")), layer + "norm2", epsilon);
  }
  return x;
}

// Every n-th layer sees all tokens, the others those within half the window.
Matrix ReferenceEncoder::Checkpoint::ModernbertAttention(const Matrix& x, size_t layer) const {
  const size_t heads = config.at("num_attention_heads");
  const size_t width = config.at("hidden_size");
  const bool global = layer % config.at("global_attn_every_n_layers").get<size_t>() == 0;
  const double theta = config.at(global ? "global_rope_theta" : "local_rope_theta");
  const size_t reach = config.at("local_attention").get<size_t>() / 2;
  const auto bias = [global, reach](size_t, size_t query, size_t key) {
    const size_t away = query > key ? query - key : key - query;
    return global || away <= reach ? 0.0 : -std::numeric_limits<double>::infinity();
  };
  const std::string name = "layers." + std::to_string(layer) + ".attn.";
  const Matrix qkv = Dense(x, name + "Wqkv");
  const Matrix context = Attention(Rotated(Columns(qkv, 0, width), heads, theta, 1),
                                   Rotated(Columns(qkv, width, 2 * width), heads, theta, 1),
                                   Columns(qkv, 2 * width, 3 * width), heads, bias);
  return Dense(context, name + "Wo");
}

Matrix ReferenceEncoder::Checkpoint::Modernbert(const std::vector<int32_t>& ids) const {
  const double epsilon = config.at("norm_eps");
  const size_t inner = config.at("intermediate_size");
  Matrix x = Norm(Rows("embeddings.tok_embeddings", ids), "embeddings.norm", epsilon);
  for (size_t i = 0; i < config.at("num_hidden_layers"); ++i) {
    const std::string layer = "layers." + std::to_string(i) + ".";
    const Matrix seen = i == 0 ? x : Norm(x, layer + "attn_norm", epsilon);
    x = Sum(x, ModernbertAttention(seen, i));
    const Matrix both = Dense(Norm(x, layer + "mlp_norm", epsilon), layer + "mlp.Wi");
    const Matrix gated = Product(Activated(Columns(both, 0, inner), config.at("hidden_activation")),
                                 Columns(both, inner, 2 * inner));
    x = Sum(x, Dense(gated, layer + "mlp.Wo"));
  }
  return Norm(x, "final_norm", epsilon);
}

ReferenceEncoder::ReferenceEncoder(const std::filesystem::path& model_dir)
    : checkpoint_(std::make_unique<Checkpoint>(model_dir)) {}
ReferenceEncoder::~ReferenceEncoder() = default;

Matrix ReferenceEncoder::HiddenStates(const std::vector<int32_t>& input_ids,
                                      const std::vector<int32_t>& token_type_ids) const {
  const std::string family = checkpoint_->config.at("model_type");
  if (family == "distilbert") return checkpoint_->Distilbert(input_ids);
  if (family == "mpnet") return checkpoint_->Mpnet(input_ids);
  if (family == "nomic_bert") return checkpoint_->Nomic(input_ids, token_type_ids);
  if (family == "modernbert") return checkpoint_->Modernbert(input_ids);
  return checkpoint_->Bert(input_ids, token_type_ids);
}

}  // namespace voisin::test
