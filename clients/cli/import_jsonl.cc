#include <cmath>
#include <istream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/import_source.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

absl::Status WrongKind(std::string_view field, std::string_view expected, const Json& found) {
  return absl::InvalidArgumentError(absl::StrCat(std::string(field), ": expected ", std::string(expected),
                                                 ", got ", std::string(KindOf(found))));
}

absl::Status TakeId(Json& value, ImportDocument& document) {
  if (value.string() == nullptr) return WrongKind("id", "a string", value);
  document.id = std::get<std::string>(std::move(value.value));
  return absl::OkStatus();
}

absl::Status TakeText(Json& value, ImportDocument& document) {
  if (value.is_null()) return absl::OkStatus();
  if (value.string() == nullptr) return WrongKind("text", "a string", value);
  document.text = std::get<std::string>(std::move(value.value));
  return absl::OkStatus();
}

absl::Status TakeMetadata(Json& value, ImportDocument& document) {
  if (value.is_null()) return absl::OkStatus();
  if (value.object() == nullptr) return WrongKind("metadata", "an object", value);
  document.metadata = std::get<JsonObject>(std::move(value.value));
  return absl::OkStatus();
}

absl::Status TakeVector(Json& value, ImportDocument& document) {
  if (value.is_null()) return absl::OkStatus();
  if (value.array() == nullptr) return WrongKind("vector", "an array of numbers", value);
  document.vector.clear();  // as with every member, the last one of a name counts
  for (const Json& component : *value.array()) {
    if (component.number() == nullptr) return WrongKind("vector", "an array of numbers", component);
    const auto number = static_cast<float>(*component.number());
    if (!std::isfinite(number)) return absl::InvalidArgumentError("vector: a number is beyond float32");
    document.vector.push_back(number);
  }
  return absl::OkStatus();
}

absl::Status TakeExpireTime(Json& value, ImportDocument& document) {
  if (value.is_null()) return absl::OkStatus();
  absl::Time time;
  std::string error;
  if (value.string() == nullptr || !absl::ParseTime(absl::RFC3339_full, *value.string(), &time, &error)) {
    return absl::InvalidArgumentError("expire_time: expected a time such as \"2030-01-31T12:00:00Z\"");
  }
  document.expire_time = time;
  return absl::OkStatus();
}

absl::Status TakeField(std::string_view name, Json& value, ImportDocument& document) {
  if (name == "id") return TakeId(value, document);
  if (name == "text") return TakeText(value, document);
  if (name == "metadata") return TakeMetadata(value, document);
  if (name == "vector") return TakeVector(value, document);
  if (name == "expire_time") return TakeExpireTime(value, document);
  return absl::InvalidArgumentError(absl::StrCat("unknown field \"", std::string(name),
                                                 "\": expected id, text, metadata, vector, expire_time; "
                                                 "other facts go under metadata"));
}

absl::StatusOr<ImportDocument> ParseDocument(const std::string& line) {
  ASSIGN_OR_RETURN(Json json, ParseJson(line));
  if (json.object() == nullptr) return WrongKind("document", "an object", json);
  ImportDocument document;
  for (auto& [name, value] : std::get<JsonObject>(json.value)) {
    RETURN_IF_ERROR(TakeField(name, value, document));
  }
  if (document.id.empty()) return absl::InvalidArgumentError("id: missing or empty");
  return document;
}

class JsonLinesSource : public ImportSource {
 public:
  JsonLinesSource(std::istream& in, uint64_t total) : lines_(in), total_(total) {}

  std::optional<absl::StatusOr<ImportDocument>> Next() override {
    while (lines_.Next()) {
      if (lines_.too_long() || lines_.line().find_first_not_of(" \t") != std::string::npos) return ThisLine();
    }
    return std::nullopt;
  }
  uint64_t position() const override { return lines_.bytes(); }
  uint64_t total() const override { return total_; }

 private:
  absl::StatusOr<ImportDocument> ThisLine() const {
    const std::string where = absl::StrCat("line ", lines_.number());
    if (lines_.too_long()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": longer than ", kLongestRecord, " bytes"));
    }
    absl::StatusOr<ImportDocument> document = ParseDocument(lines_.line());
    if (!document.ok()) return Prefixed(where, document.status());
    document->where = where;
    return document;
  }

  LineReader lines_;
  const uint64_t total_;
};

}  // namespace

std::unique_ptr<ImportSource> ReadJsonLines(std::istream& in, uint64_t total) {
  return std::make_unique<JsonLinesSource>(in, total);
}

}  // namespace voisin::cli
