#include "service/validation.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "service/errors.h"
#include "service/utf8.h"

namespace voisin::service {
namespace {

constexpr size_t kMaxCollectionIdBytes = 63;
constexpr size_t kMaxSnapshotIdBytes = 100;
constexpr size_t kMaxModelNameBytes = 128;
constexpr size_t kMaxDocumentIdBytes = 512;
constexpr size_t kMaxRequestIdBytes = 128;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsCollectionChar(char c) { return IsLowerOrDigit(c) || c == '_' || c == '-'; }
bool IsModelChar(char c) { return IsCollectionChar(c) || (c >= 'A' && c <= 'Z') || c == '.'; }

// For messages: short, and UTF-8 whatever came.
std::string Shown(std::string_view text) {
  constexpr size_t kLongest = 64;
  if (FindInvalidUtf8(text)) return std::to_string(text.size()) + " bytes that are not UTF-8";
  if (text.size() > kLongest) return std::to_string(text.size()) + " bytes";
  return "\"" + std::string(text) + "\"";
}

std::string At(std::string_view list, size_t index, std::string_view member) {
  return std::string(list) + "[" + std::to_string(index) + "]" + std::string(member);
}

absl::Status TooMany(std::string_view field, std::string_view what, size_t limit, size_t came) {
  return InvalidField(field, "expected at most " + std::to_string(limit) + " " + std::string(what) +
                                 ", got " + std::to_string(came));
}

size_t Bytes(const storage::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return text->size();
  if (const auto* object = std::get_if<storage::Object>(&value.data)) return MetadataBytes(*object);
  if (const auto* list = std::get_if<storage::List>(&value.data)) {
    size_t bytes = 1;
    for (const storage::Value& item : *list) bytes += Bytes(item);
    return bytes;
  }
  return std::holds_alternative<double>(value.data) ? sizeof(double) : 1;
}

absl::Status CheckObject(const std::string& field, const storage::Object& object, int depth);

absl::Status CheckValue(const std::string& field, const storage::Value& value, int depth) {
  if (depth > storage::kMaxMetadataDepth) {
    return InvalidField(
        field, "expected at most " + std::to_string(storage::kMaxMetadataDepth) + " levels, got more");
  }
  if (const auto* text = std::get_if<std::string>(&value.data)) return CheckUtf8(field, *text);
  if (const auto* object = std::get_if<storage::Object>(&value.data))
    return CheckObject(field, *object, depth);
  if (const auto* number = std::get_if<double>(&value.data); number != nullptr && !std::isfinite(*number)) {
    return InvalidField(field, "expected a finite number, got " + std::to_string(*number));
  }
  if (const auto* list = std::get_if<storage::List>(&value.data)) {
    for (size_t i = 0; i < list->size(); ++i) {
      RETURN_IF_ERROR(CheckValue(At(field, i, ""), (*list)[i], depth + 1));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckObject(const std::string& field, const storage::Object& object, int depth) {
  for (const auto& [key, value] : object) {
    RETURN_IF_ERROR(CheckUtf8(field, key));
    RETURN_IF_ERROR(CheckValue(absl::StrCat(field, ".", key), value, depth + 1));
  }
  return absl::OkStatus();
}

absl::Status CheckDocument(const std::string& field, const storage::Document& document, uint32_t dimensions,
                           index::Metric metric, const Limits& limits) {
  RETURN_IF_ERROR(CheckDocumentId(field + ".id", document.id));
  RETURN_IF_ERROR(CheckMetadata(field + ".metadata", document.metadata, limits.metadata_bytes));
  if (document.expire_time_us < 0) {
    return InvalidField(
        field + ".expire_time",
        "expected a time after 1970, got " + std::to_string(document.expire_time_us) + " microseconds");
  }
  if (!document.text.empty()) {
    RETURN_IF_ERROR(CheckText(field + ".text", document.text, limits.text_bytes));
  }
  if (!document.vector.empty()) {
    return AtField(field + ".vector", index::CheckVector(document.vector, dimensions, metric));
  }
  if (document.text.empty()) return InvalidField(field, "expected a text or a vector, got neither");
  return absl::OkStatus();
}

absl::Status CheckDistinctIds(std::span<const storage::Document> documents) {
  std::unordered_map<std::string_view, size_t> first;
  for (size_t i = 0; i < documents.size(); ++i) {
    const auto [found, inserted] = first.emplace(documents[i].id, i);
    if (inserted) continue;
    return InvalidField(At("documents", i, ".id"), "expected distinct ids, got " + Shown(documents[i].id) +
                                                       " in documents[" + std::to_string(found->second) +
                                                       "] and documents[" + std::to_string(i) + "]");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCollectionId(std::string_view field, std::string_view id) {
  const bool good = !id.empty() && id.size() <= kMaxCollectionIdBytes && IsLowerOrDigit(id.front()) &&
                    std::all_of(id.begin(), id.end(), IsCollectionChar);
  if (good) return absl::OkStatus();
  return InvalidField(field,
                      "expected 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit, got " + Shown(id));
}

absl::Status CheckSnapshotId(std::string_view field, std::string_view id) {
  const bool good = !id.empty() && id.size() <= kMaxSnapshotIdBytes && IsLowerOrDigit(id.front()) &&
                    std::all_of(id.begin(), id.end(), IsCollectionChar);
  if (good) return absl::OkStatus();
  return InvalidField(
      field, "expected 1 to 100 of a-z, 0-9, _ and -, the first a letter or digit, got " + Shown(id));
}

absl::Status CheckModelName(std::string_view field, std::string_view name) {
  const bool good = !name.empty() && name.size() <= kMaxModelNameBytes && name.front() != '.' &&
                    std::all_of(name.begin(), name.end(), IsModelChar);
  if (good) return absl::OkStatus();
  return InvalidField(field,
                      "expected 1 to 128 of A-Z, a-z, 0-9, _, - and ., the first no dot, got " + Shown(name));
}

absl::Status CheckDocumentId(std::string_view field, std::string_view id) {
  if (id.empty() || id.size() > kMaxDocumentIdBytes) {
    return InvalidField(field, "expected 1 to 512 bytes, got " + std::to_string(id.size()));
  }
  return CheckUtf8(field, id);
}

absl::Status CheckUtf8(std::string_view field, std::string_view text) {
  const std::optional<size_t> at = FindInvalidUtf8(text);
  if (!at) return absl::OkStatus();
  return InvalidField(field, "expected UTF-8, got an ill-formed sequence at byte " + std::to_string(*at));
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) return TooMany(field, "bytes", max_bytes, text.size());
  RETURN_IF_ERROR(CheckUtf8(field, text));
  if (IsBlank(text)) {
    return InvalidField(
        field, text.empty() ? "expected a text, got an empty one" : "expected a text, got only white space");
  }
  return absl::OkStatus();
}

absl::Status CheckTexts(std::string_view field, std::span<const std::string> texts, const Limits& limits) {
  if (texts.empty()) return InvalidField(field, "expected at least one text, got none");
  if (texts.size() > limits.texts_per_request) {
    return TooMany(field, "texts", limits.texts_per_request, texts.size());
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    RETURN_IF_ERROR(CheckText(At(field, i, ""), texts[i], limits.text_bytes));
  }
  return absl::OkStatus();
}

absl::Status CheckMetadata(std::string_view field, const storage::Object& metadata, size_t max_bytes) {
  RETURN_IF_ERROR(CheckObject(std::string(field), metadata, 0));
  const size_t bytes = MetadataBytes(metadata);
  if (bytes > max_bytes) return TooMany(field, "bytes", max_bytes, bytes);
  return absl::OkStatus();
}

absl::Status CheckRequestId(std::string_view request_id) {
  if (request_id.size() > kMaxRequestIdBytes) {
    return TooMany("request_id", "bytes", kMaxRequestIdBytes, request_id.size());
  }
  return CheckUtf8("request_id", request_id);
}

absl::Status CheckMinScore(const std::optional<float>& min_score) {
  if (!min_score || std::isfinite(*min_score)) return absl::OkStatus();
  return InvalidField("min_score", "expected a finite number, got " + std::to_string(*min_score));
}

size_t MetadataBytes(const storage::Object& metadata) {
  size_t bytes = 1;
  for (const auto& [key, value] : metadata) bytes += key.size() + Bytes(value);
  return bytes;
}

absl::Status CheckDocuments(std::span<const storage::Document> documents, uint32_t dimensions,
                            index::Metric metric, const Limits& limits) {
  if (documents.empty()) return InvalidField("documents", "expected at least one document, got none");
  if (documents.size() > limits.documents_per_request) {
    return TooMany("documents", "documents", limits.documents_per_request, documents.size());
  }
  for (size_t i = 0; i < documents.size(); ++i) {
    RETURN_IF_ERROR(CheckDocument(At("documents", i, ""), documents[i], dimensions, metric, limits));
  }
  return CheckDistinctIds(documents);
}

absl::Status AtFilter(absl::Status status) {
  return absl::IsInvalidArgument(status) ? AtField("filter", std::move(status)) : status;
}

absl::StatusOr<storage::Filter> ParseFilter(std::string_view filter) {
  absl::StatusOr<storage::Filter> parsed = storage::Filter::Parse(filter);
  if (!parsed.ok()) return AtField("filter", std::move(parsed).status());
  return parsed;
}

}  // namespace voisin::service
