#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace voisin::bench {

// Writes an ONNX model (github.com/onnx/onnx, onnx.proto, IR version 8) as protobuf bytes: as much of the
// format as an exported encoder needs.
class OnnxModel {
 public:
  struct Attribute {
    enum class Type { integer, real, integers } type;
    std::string name;
    int64_t integer = 0;
    float real = 0;
    std::vector<int64_t> integers;
  };
  static Attribute Integer(std::string name, int64_t value);
  static Attribute Real(std::string name, float value);
  static Attribute Integers(std::string name, std::vector<int64_t> values);

  // Returns the name of the first output. `domain`: "" for ONNX itself, "com.microsoft" for ONNX Runtime's own.
  std::string AddNode(std::string_view domain, std::string_view op, const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs, const std::vector<Attribute>& attributes = {});
  // Constants; each returns `name`. An empty shape is a scalar.
  std::string AddFloats(const std::string& name, std::span<const int64_t> shape,
                        std::span<const float> values);
  std::string AddInt8s(const std::string& name, std::span<const int64_t> shape,
                       std::span<const int8_t> values);
  std::string AddInt64s(const std::string& name, std::span<const int64_t> values);
  // [batch, sequence] of int64.
  void AddInput(const std::string& name);
  // [batch, width] of floats.
  void AddOutput(const std::string& name, int64_t width);

  // The model: opset 14 and com.microsoft 1.
  std::string Bytes() const;

 private:
  std::string AddTensor(const std::string& name, int type, std::span<const int64_t> shape,
                        std::string_view bytes);

  std::string nodes_;
  std::string tensors_;
  std::string values_;
  int64_t node_count_ = 0;
};

}  // namespace voisin::bench
