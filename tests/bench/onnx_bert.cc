#include "tests/bench/onnx_bert.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "tests/bench/onnx_model.h"

namespace voisin::bench {
namespace {

constexpr const char* kMicrosoft = "com.microsoft";

// y = x w + b, w as ONNX wants it: [in, out].
struct Dense {
  int64_t in = 0;
  int64_t out = 0;
  std::vector<float> weight;
  std::vector<float> bias;
};

class Exporter {
 public:
  Exporter(const test::BertShape& shape, const encoder::Weights& weights, OnnxPrecision precision)
      : shape_(shape), weights_(weights), quantized_(precision == OnnxPrecision::int8) {}

  absl::StatusOr<std::string> Export() {
    for (const char* name : {"input_ids", "attention_mask", "token_type_ids"}) {
      model_.AddInput(name);
      model_.AddNode("", "Cast", {name}, {std::string(name) + "32"}, {OnnxModel::Integer("to", kInt32)});
    }
    ASSIGN_OR_RETURN(std::string x, AddEmbeddings());
    for (int64_t i = 0; i < shape_.layers; ++i) {
      ASSIGN_OR_RETURN(x, AddLayer("encoder.layer." + std::to_string(i) + ".", x));
    }
    AddHead(x);
    return model_.Bytes();
  }

 private:
  static constexpr int64_t kFloat = 1, kInt32 = 6;
  using Shape = std::vector<int64_t>;

  absl::StatusOr<std::string> AddConstant(const std::string& name, const Shape& shape) {
    ASSIGN_OR_RETURN(const std::vector<float> values, weights_.Floats(name, shape));
    return model_.AddFloats(name, shape, values);
  }

  absl::StatusOr<std::string> AddEmbeddings() {
    const std::string e = "embeddings.";
    const int64_t width = shape_.width;
    ASSIGN_OR_RETURN(auto words, AddConstant(e + "word_embeddings.weight", {shape_.vocabulary, width}));
    ASSIGN_OR_RETURN(auto positions,
                     AddConstant(e + "position_embeddings.weight", {shape_.positions, width}));
    ASSIGN_OR_RETURN(auto types, AddConstant(e + "token_type_embeddings.weight", {2, width}));
    ASSIGN_OR_RETURN(auto gamma, AddConstant(e + "LayerNorm.weight", {width}));
    ASSIGN_OR_RETURN(auto beta, AddConstant(e + "LayerNorm.bias", {width}));
    return model_.AddNode(
        kMicrosoft, "EmbedLayerNormalization",
        {"input_ids32", "token_type_ids32", words, positions, types, gamma, beta, "attention_mask32"},
        {"embedded", "mask_index"}, {OnnxModel::Real("epsilon", 1e-12f)});
  }

  // Several torch weights [width, in] side by side.
  absl::StatusOr<Dense> Read(const std::vector<std::string>& names, int64_t width, int64_t in) {
    const auto parts = static_cast<int64_t>(names.size());
    Dense dense{in, parts * width, std::vector<float>(static_cast<size_t>(parts * width * in)), {}};
    for (int64_t part = 0; part < parts; ++part) {
      const std::string& name = names[static_cast<size_t>(part)];
      ASSIGN_OR_RETURN(const auto weight, weights_.Floats(name + ".weight", Shape{width, in}));
      ASSIGN_OR_RETURN(const auto bias, weights_.Floats(name + ".bias", Shape{width}));
      for (int64_t row = 0; row < width; ++row) {
        for (int64_t i = 0; i < in; ++i) {
          dense.weight[static_cast<size_t>(i * dense.out + part * width + row)] =
              weight[static_cast<size_t>(row * in + i)];
        }
      }
      dense.bias.insert(dense.bias.end(), bias.begin(), bias.end());
    }
    return dense;
  }

  // `name`.quantized, .scale and .zero_point of the weight.
  std::vector<std::string> AddQuantized(const std::string& name, const Dense& dense) {
    std::vector<float> scales(static_cast<size_t>(dense.out), 1e-8f);
    for (size_t i = 0; i < dense.weight.size(); ++i) {
      float& scale = scales[i % scales.size()];
      scale = std::max(scale, std::fabs(dense.weight[i]) / 127.0f);
    }
    std::vector<int8_t> values(dense.weight.size());
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<int8_t>(std::lround(dense.weight[i] / scales[i % scales.size()]));
    }
    const int64_t columns[] = {dense.out};
    const int64_t matrix[] = {dense.in, dense.out};
    const std::vector<int8_t> zeros(scales.size());
    return {model_.AddInt8s(name + ".quantized", matrix, values),
            model_.AddFloats(name + ".scale", columns, scales),
            model_.AddInt8s(name + ".zero_point", columns, zeros)};
  }

  std::string AddBias(const std::string& name, const Dense& dense) {
    return model_.AddFloats(name + ".bias", Shape{dense.out}, dense.bias);
  }

  absl::StatusOr<std::string> AddAttention(const std::string& layer, const std::string& x) {
    const std::string self = layer + "attention.self.";
    ASSIGN_OR_RETURN(const Dense qkv,
                     Read({self + "query", self + "key", self + "value"}, shape_.width, shape_.width));
    const std::string bias = AddBias(self + "qkv", qkv);
    const std::vector<OnnxModel::Attribute> heads = {OnnxModel::Integer("num_heads", shape_.heads)};
    if (!quantized_) {
      const std::string weight = model_.AddFloats(self + "qkv", Shape{qkv.in, qkv.out}, qkv.weight);
      return model_.AddNode(kMicrosoft, "Attention", {x, weight, bias, "attention_mask32"}, {self + "y"},
                            heads);
    }
    const std::vector<std::string> w = AddQuantized(self + "qkv", qkv);
    model_.AddNode("", "DynamicQuantizeLinear", {x}, {x + ".q", x + ".scale", x + ".zero"});
    return model_.AddNode(kMicrosoft, "QAttention",
                          {x + ".q", w[0], bias, x + ".scale", w[1], "attention_mask32", x + ".zero", w[2]},
                          {self + "y"}, heads);
  }

  // x W, and the bias too where quantised; `bias` is then empty.
  std::string AddProduct(const std::string& name, const Dense& dense, const std::string& x,
                         std::string& bias) {
    bias = AddBias(name, dense);
    if (!quantized_) {
      const std::string weight = model_.AddFloats(name + ".weight", Shape{dense.in, dense.out}, dense.weight);
      return model_.AddNode("", "MatMul", {x, weight}, {name + ".y"});
    }
    const std::vector<std::string> w = AddQuantized(name, dense);
    return model_.AddNode(kMicrosoft, "DynamicQuantizeMatMul", {x, w[0], w[1], w[2], std::exchange(bias, "")},
                          {name + ".y"});
  }

  // norm(residual + x W + b).
  absl::StatusOr<std::string> AddOutput(const std::string& name, int64_t in, const std::string& x,
                                        const std::string& residual) {
    ASSIGN_OR_RETURN(const Dense dense, Read({name + ".dense"}, shape_.width, in));
    std::string bias;
    const std::string y = AddProduct(name + ".dense", dense, x, bias);
    ASSIGN_OR_RETURN(auto gamma, AddConstant(name + ".LayerNorm.weight", {shape_.width}));
    ASSIGN_OR_RETURN(auto beta, AddConstant(name + ".LayerNorm.bias", {shape_.width}));
    std::vector<std::string> inputs = {y, residual, gamma, beta};
    if (!bias.empty()) inputs.push_back(bias);
    return model_.AddNode(kMicrosoft, "SkipLayerNormalization", inputs, {name + ".normed"},
                          {OnnxModel::Real("epsilon", 1e-12f)});
  }

  absl::StatusOr<std::string> AddLayer(const std::string& layer, const std::string& x) {
    ASSIGN_OR_RETURN(const std::string context, AddAttention(layer, x));
    ASSIGN_OR_RETURN(const std::string y, AddOutput(layer + "attention.output", shape_.width, context, x));
    const std::string name = layer + "intermediate.dense";
    ASSIGN_OR_RETURN(const Dense dense, Read({name}, shape_.intermediate, shape_.width));
    std::string bias;
    const std::string product = AddProduct(name, dense, y, bias);
    const std::string hidden =
        bias.empty() ? model_.AddNode(kMicrosoft, "Gelu", {product}, {name + ".gelu"})
                     : model_.AddNode(kMicrosoft, "BiasGelu", {product, bias}, {name + ".gelu"});
    return AddOutput(layer + "output", shape_.intermediate, hidden, y);
  }

  void AddHead(const std::string& x) {
    model_.AddNode("", "Cast", {"attention_mask"}, {"mask"}, {OnnxModel::Integer("to", kFloat)});
    const int64_t last[] = {2}, middle[] = {1};
    model_.AddInt64s("last_axis", last);
    model_.AddInt64s("token_axis", middle);
    model_.AddNode("", "Unsqueeze", {"mask", "last_axis"}, {"mask3"});
    model_.AddNode("", "Mul", {x, "mask3"}, {"masked"});
    const std::vector<OnnxModel::Attribute> drop = {OnnxModel::Integer("keepdims", 0)};
    model_.AddNode("", "ReduceSum", {"masked", "token_axis"}, {"sum"}, drop);
    model_.AddNode("", "ReduceSum", {"mask3", "token_axis"}, {"count"}, drop);
    model_.AddNode("", "Div", {"sum", "count"}, {"mean"});
    model_.AddNode("", "ReduceL2", {"mean"}, {"norm"},
                   {OnnxModel::Integers("axes", {1}), OnnxModel::Integer("keepdims", 1)});
    model_.AddNode("", "Div", {"mean", "norm"}, {"embedding"});
    model_.AddOutput("embedding", shape_.width);
  }

  const test::BertShape shape_;
  const encoder::Weights& weights_;
  const bool quantized_;
  OnnxModel model_;
};

}  // namespace

absl::StatusOr<std::string> ExportBert(const test::BertShape& shape, const encoder::Weights& weights,
                                       OnnxPrecision precision) {
  return Exporter(shape, weights, precision).Export();
}

}  // namespace voisin::bench
