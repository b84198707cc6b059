#include "encoder/json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::encoder {
namespace {

using Node = nlohmann::json;

constexpr int kMaxDepth = 64;

const Node& AsNode(const void* node) { return *static_cast<const Node*>(node); }

// Finds `target` below `node` and spells the way to it. Only errors pay for this.
bool FindPath(const Node& node, const Node* target, std::string& path) {
  if (&node == target) return true;
  if (!node.is_structured()) return false;
  const size_t length = path.size();
  size_t index = 0;
  for (auto it = node.begin(); it != node.end(); ++it, ++index) {
    if (node.is_array()) {
      absl::StrAppend(&path, "[", index, "]");
    } else {
      absl::StrAppend(&path, path.empty() ? "" : ".", it.key());
    }
    if (FindPath(*it, target, path)) return true;
    path.resize(length);
  }
  return false;
}

template <typename Float>
std::string ShortestDecimal(Float value) {
  char digits[32];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  return std::string(digits, end);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): the library's destructor only looks as if it could throw.
struct JsonDocument::Tree {
  Node root;
};

JsonDocument::JsonDocument(std::string name, std::unique_ptr<Tree> tree)
    : name_(std::move(name)), tree_(std::move(tree)) {}

JsonDocument::~JsonDocument() = default;

JsonValue JsonDocument::root() const { return JsonValue(this, &tree_->root); }

absl::StatusOr<std::unique_ptr<JsonDocument>> JsonDocument::Parse(std::string_view text, std::string name) {
  int deepest = 0;
  const auto track_depth = [&deepest](int depth, Node::parse_event_t, Node&) {
    deepest = std::max(deepest, depth);
    return true;
  };
  auto tree = std::make_unique<Tree>();
  tree->root = Node::parse(text.begin(), text.end(), track_depth, /*allow_exceptions=*/false);
  if (tree->root.is_discarded()) return absl::InvalidArgumentError(absl::StrCat(name, " is not JSON"));
  if (deepest > kMaxDepth) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": nested deeper than ", kMaxDepth, " levels"));
  }
  return std::unique_ptr<JsonDocument>(new JsonDocument(std::move(name), std::move(tree)));
}

std::string JsonValue::Where() const {
  std::string path;
  FindPath(document_->tree_->root, &AsNode(node_), path);
  return absl::StrCat(document_->name_, ": ", path.empty() ? "the document" : path, " ");
}

absl::Status JsonValue::Error(std::string_view problem) const {
  return absl::InvalidArgumentError(Where().append(problem));
}

absl::Status JsonValue::Unimplemented(std::string_view problem) const {
  return absl::UnimplementedError(Where().append(problem));
}

absl::Status JsonValue::WrongType(std::string_view expected) const {
  return Error(std::string("is ").append(AsNode(node_).type_name()).append(", expected ").append(expected));
}

absl::StatusOr<JsonValue> JsonValue::Field(std::string_view key) const {
  const Node& node = AsNode(node_);
  if (!node.is_object()) return WrongType("object");
  const auto found = node.find(key);
  if (found == node.end()) return Error(std::string("lacks the field \"").append(key).append("\""));
  return JsonValue(document_, &*found);
}

std::optional<JsonValue> JsonValue::Find(std::string_view key) const {
  const Node& node = AsNode(node_);
  if (!node.is_object()) return std::nullopt;
  const auto found = node.find(key);
  if (found == node.end() || found->is_null()) return std::nullopt;
  return JsonValue(document_, &*found);
}

absl::StatusOr<std::vector<JsonValue>> JsonValue::Elements() const {
  const Node& node = AsNode(node_);
  if (!node.is_array()) return WrongType("array");
  std::vector<JsonValue> elements;
  elements.reserve(node.size());
  for (const Node& element : node) elements.push_back(JsonValue(document_, &element));
  return elements;
}

absl::StatusOr<std::vector<std::pair<std::string, JsonValue>>> JsonValue::Members() const {
  const Node& node = AsNode(node_);
  if (!node.is_object()) return WrongType("object");
  std::vector<std::pair<std::string, JsonValue>> members;
  for (auto it = node.begin(); it != node.end(); ++it) {
    members.emplace_back(it.key(), JsonValue(document_, &*it));
  }
  return members;
}

absl::StatusOr<std::string> JsonValue::String() const {
  const Node& node = AsNode(node_);
  if (!node.is_string()) return WrongType("string");
  return node.get_ref<const std::string&>();
}

absl::StatusOr<double> JsonValue::Number() const {
  const Node& node = AsNode(node_);
  if (!node.is_number()) return WrongType("number");
  return node.get<double>();
}

absl::StatusOr<int64_t> JsonValue::Integer(int64_t min, int64_t max) const {
  const Node& node = AsNode(node_);
  if (!node.is_number_integer()) return WrongType("integer");
  const bool fits = !node.is_number_unsigned() || std::in_range<int64_t>(node.get<uint64_t>());
  const int64_t value = fits ? node.get<int64_t>() : 0;
  if (!fits || value < min || value > max) {
    return Error(absl::StrCat("is ", node.dump(), ", expected ", min, " to ", max));
  }
  return value;
}

absl::StatusOr<bool> JsonValue::Bool() const {
  const Node& node = AsNode(node_);
  if (!node.is_boolean()) return WrongType("boolean");
  return node.get<bool>();
}

bool JsonValue::IsNull() const { return AsNode(node_).is_null(); }

std::string JsonQuote(std::string_view text) {
  return Node(text).dump(-1, ' ', /*ensure_ascii=*/false, Node::error_handler_t::replace);
}

std::string JsonNumber(double value) { return ShortestDecimal(value); }

std::string JsonNumber(float value) { return ShortestDecimal(value); }

}  // namespace voisin::encoder
