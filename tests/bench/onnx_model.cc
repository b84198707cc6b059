#include "tests/bench/onnx_model.h"

#include <cstring>
#include <utility>

namespace voisin::bench {
namespace {

constexpr int64_t kFloat = 1, kInt8 = 3, kInt64 = 7;  // TensorProto.DataType

// One protobuf message being written (protobuf.dev, "Encoding").
class Message {
 public:
  Message& Int(int field, int64_t value) {
    Varint(static_cast<uint64_t>(field) << 3);
    Varint(static_cast<uint64_t>(value));
    return *this;
  }
  Message& Float(int field, float value) {
    Varint(static_cast<uint64_t>(field) << 3 | 5);
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    bytes_.append(bytes, sizeof(bytes));
    return *this;
  }
  Message& Bytes(int field, std::string_view value) {
    Varint(static_cast<uint64_t>(field) << 3 | 2);
    Varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& Add(int field, const Message& value) { return Bytes(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

Message AttributeProto(const OnnxModel::Attribute& attribute) {
  using Type = OnnxModel::Attribute::Type;
  Message message;
  message.Bytes(1, attribute.name);
  switch (attribute.type) {
    case Type::real:
      return std::move(message.Float(2, attribute.real).Int(20, 1));
    case Type::integer:
      return std::move(message.Int(3, attribute.integer).Int(20, 2));
    case Type::integers:
      for (const int64_t value : attribute.integers) message.Int(8, value);
      return std::move(message.Int(20, 7));
  }
  return message;
}

Message ValueInfo(const std::string& name, int type, const Message& second_dimension) {
  Message shape, tensor, value;
  shape.Add(1, Message().Bytes(2, "batch")).Add(1, second_dimension);
  tensor.Int(1, type).Add(2, shape);
  return std::move(value.Bytes(1, name).Add(2, Message().Add(1, tensor)));
}

template <typename T>
std::string_view BytesOf(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

}  // namespace

OnnxModel::Attribute OnnxModel::Integer(std::string name, int64_t value) {
  return {Attribute::Type::integer, std::move(name), value, 0, {}};
}
OnnxModel::Attribute OnnxModel::Real(std::string name, float value) {
  return {Attribute::Type::real, std::move(name), 0, value, {}};
}
OnnxModel::Attribute OnnxModel::Integers(std::string name, std::vector<int64_t> values) {
  return {Attribute::Type::integers, std::move(name), 0, 0, std::move(values)};
}

std::string OnnxModel::AddNode(std::string_view domain, std::string_view op,
                               const std::vector<std::string>& inputs,
                               const std::vector<std::string>& outputs,
                               const std::vector<Attribute>& attributes) {
  Message node;
  for (const std::string& input : inputs) node.Bytes(1, input);
  for (const std::string& output : outputs) node.Bytes(2, output);
  node.Bytes(3, std::string(op) + "_" + std::to_string(node_count_++)).Bytes(4, op);
  for (const Attribute& attribute : attributes) node.Add(5, AttributeProto(attribute));
  if (!domain.empty()) node.Bytes(7, domain);
  nodes_ += Message().Add(1, node).bytes();
  return outputs.front();
}

std::string OnnxModel::AddTensor(const std::string& name, int type, std::span<const int64_t> shape,
                                 std::string_view bytes) {
  Message tensor;
  for (const int64_t dimension : shape) tensor.Int(1, dimension);
  tensor.Int(2, type).Bytes(8, name).Bytes(9, bytes);
  tensors_ += Message().Add(5, tensor).bytes();
  return name;
}

std::string OnnxModel::AddFloats(const std::string& name, std::span<const int64_t> shape,
                                 std::span<const float> values) {
  return AddTensor(name, kFloat, shape, BytesOf(values));
}
std::string OnnxModel::AddInt8s(const std::string& name, std::span<const int64_t> shape,
                                std::span<const int8_t> values) {
  return AddTensor(name, kInt8, shape, BytesOf(values));
}
std::string OnnxModel::AddInt64s(const std::string& name, std::span<const int64_t> values) {
  const int64_t shape[] = {static_cast<int64_t>(values.size())};
  return AddTensor(name, kInt64, shape, BytesOf(values));
}

void OnnxModel::AddInput(const std::string& name) {
  values_ += Message().Add(11, ValueInfo(name, kInt64, Message().Bytes(2, "sequence"))).bytes();
}
void OnnxModel::AddOutput(const std::string& name, int64_t width) {
  values_ += Message().Add(12, ValueInfo(name, kFloat, Message().Int(1, width))).bytes();
}

std::string OnnxModel::Bytes() const {
  const std::string graph = nodes_ + Message().Bytes(2, "encoder").bytes() + tensors_ + values_;
  Message model;
  model.Int(1, 8).Bytes(7, graph);
  model.Add(8, Message().Bytes(1, "").Int(2, 14)).Add(8, Message().Bytes(1, "com.microsoft").Int(2, 1));
  return model.bytes();
}

}  // namespace voisin::bench
