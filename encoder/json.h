#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

// One value inside a JsonDocument, which must outlive it. Every error is InvalidArgument and names the
// document and the path of the value, as in "tokenizer.json: model.vocab[3][1] is a string, expected a
// number".
class JsonValue {
 public:
  // The member `key`; an error when this is no object or has no such member.
  absl::StatusOr<JsonValue> Field(std::string_view key) const;
  // As Field, but nothing when the member is absent or null, or when this is no object.
  std::optional<JsonValue> Find(std::string_view key) const;
  absl::StatusOr<std::vector<JsonValue>> Elements() const;
  // The members of an object, by name.
  absl::StatusOr<std::vector<std::pair<std::string, JsonValue>>> Members() const;
  absl::StatusOr<std::string> String() const;
  absl::StatusOr<double> Number() const;
  absl::StatusOr<int64_t> Integer(int64_t min, int64_t max) const;
  absl::StatusOr<bool> Bool() const;
  bool IsNull() const;

  // "<document>: <path> <problem>"
  absl::Status Error(std::string_view problem) const;
  absl::Status Unimplemented(std::string_view problem) const;

 private:
  friend class JsonDocument;
  JsonValue(const class JsonDocument* document, const void* node) : document_(document), node_(node) {}
  absl::Status WrongType(std::string_view expected) const;
  std::string Where() const;

  const JsonDocument* document_;
  const void* node_;
};

// A parsed JSON text (RFC 8259): UTF-8, at most 64 levels deep. Immutable.
class JsonDocument {
 public:
  // `name` stands for the text in errors.
  static absl::StatusOr<std::unique_ptr<JsonDocument>> Parse(std::string_view text, std::string name);
  ~JsonDocument();
  JsonValue root() const;

 private:
  friend class JsonValue;
  struct Tree;
  JsonDocument(std::string name, std::unique_ptr<Tree> tree);

  const std::string name_;
  const std::unique_ptr<Tree> tree_;
};

// `text` (UTF-8) as a JSON string, quotes included.
std::string JsonQuote(std::string_view text);
// The shortest decimal that reads back as `value`, which is finite.
std::string JsonNumber(double value);
std::string JsonNumber(float value);

}  // namespace voisin::encoder
