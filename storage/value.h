#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace voisin::storage {

struct Value;
using List = std::vector<Value>;
using Object = std::map<std::string, Value, std::less<>>;

// A JSON value: what a document's metadata is made of. Numbers are IEEE doubles; monostate is null.
struct Value {
  std::variant<std::monostate, bool, double, std::string, List, Object> data;
  bool operator==(const Value&) const = default;
};

// Nesting deeper than this is refused wherever metadata enters.
inline constexpr int kMaxMetadataDepth = 32;

}  // namespace voisin::storage
