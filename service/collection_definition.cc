#include "service/collection_definition.h"

#include <bit>
#include <utility>

#include "base/status_macros.h"

namespace voisin::service {
namespace {

constexpr uint8_t kVersion = 4;
constexpr uint8_t kVersionWithoutStorage = 3;
constexpr uint8_t kVersionWithoutTarget = 2;
constexpr uint8_t kVersionWithoutTerms = 1;
constexpr size_t kMaxStringBytes = 1024;

void PutNumber(std::string& bytes, uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(number >> shift & 0xff);
}

void PutString(std::string& bytes, std::string_view text) {
  PutNumber(bytes, static_cast<uint32_t>(text.size()));
  bytes += text;
}

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError("collection definition: " + std::string(what));
}

// What a check of the index says of stored values.
absl::Status Judged(const absl::Status& checked) {
  return checked.ok() ? checked : Damaged(std::string(checked.message()));
}

// Takes values from the front of a view; never reads past its end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<uint8_t> Byte() {
    ASSIGN_OR_RETURN(const std::string_view byte, Take(1));
    return static_cast<uint8_t>(byte[0]);
  }
  absl::StatusOr<uint32_t> Number() {
    ASSIGN_OR_RETURN(const std::string_view taken, Take(4));
    uint32_t number = 0;
    for (size_t i = 0; i < 4; ++i) number |= uint32_t{static_cast<uint8_t>(taken[i])} << (8 * i);
    return number;
  }
  absl::StatusOr<float> Float() {
    ASSIGN_OR_RETURN(const uint32_t bits, Number());
    return std::bit_cast<float>(bits);
  }
  absl::StatusOr<std::string> String() {
    ASSIGN_OR_RETURN(const uint32_t size, Number());
    if (size > kMaxStringBytes) return Damaged("a string is too long");
    ASSIGN_OR_RETURN(const std::string_view taken, Take(size));
    return std::string(taken);
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  absl::StatusOr<std::string_view> Take(size_t size) {
    if (bytes_.size() < size) return Damaged("it ends too early");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

uint8_t CodeOf(index::Metric metric) {
  switch (metric) {
    case index::Metric::cosine:
      return 0;
    case index::Metric::dot:
      return 1;
    case index::Metric::l2:
      return 2;
  }
  return 0;
}

uint8_t CodeOf(index::VectorStorage storage) {
  switch (storage) {
    case index::VectorStorage::float32:
      return 0;
    case index::VectorStorage::float16:
      return 1;
    case index::VectorStorage::int8:
      return 2;
  }
  return 0;
}

constexpr index::Metric kMetrics[] = {index::Metric::cosine, index::Metric::dot, index::Metric::l2};
constexpr index::VectorStorage kVectorStorages[] = {
    index::VectorStorage::float32, index::VectorStorage::float16, index::VectorStorage::int8};

// Reads the code of one of `values`.
template <typename Value>
absl::Status ReadCode(Reader& reader, const Value (&values)[3], std::string_view field, Value& value) {
  ASSIGN_OR_RETURN(const uint8_t code, reader.Byte());
  for (const Value candidate : values) {
    if (CodeOf(candidate) != code) continue;
    value = candidate;
    return absl::OkStatus();
  }
  return Damaged("expected " + std::string(field) + " 0, 1 or 2, got " + std::to_string(code));
}

absl::Status CheckVersion(uint8_t version) {
  if (version >= kVersionWithoutTerms && version <= kVersion) return absl::OkStatus();
  return absl::FailedPreconditionError("collection definition: expected version 1 to 4, got " +
                                       std::to_string(version) + ": written by another version of voisin");
}

absl::Status ReadIndex(Reader& reader, CollectionDefinition& definition) {
  ASSIGN_OR_RETURN(definition.dimensions, reader.Number());
  ASSIGN_OR_RETURN(definition.params.m, reader.Number());
  ASSIGN_OR_RETURN(definition.params.ef_construction, reader.Number());
  ASSIGN_OR_RETURN(definition.params.ef_search, reader.Number());
  RETURN_IF_ERROR(Judged(index::CheckDimensions(definition.dimensions)));
  return Judged(index::CheckParams(definition.params));
}

absl::Status ReadLexical(Reader& reader, LexicalSpec& lexical) {
  ASSIGN_OR_RETURN(lexical.params.k1, reader.Float());
  ASSIGN_OR_RETURN(lexical.params.b, reader.Float());
  ASSIGN_OR_RETURN(lexical.language, reader.String());
  return Judged(index::CheckLexicalParams(lexical.params));
}

absl::Status ReadTarget(Reader& reader, double& target) {
  ASSIGN_OR_RETURN(const uint32_t low, reader.Number());
  ASSIGN_OR_RETURN(const uint32_t high, reader.Number());
  target = std::bit_cast<double>(uint64_t{high} << 32 | low);
  return target >= 0 && target <= 1 ? absl::OkStatus() : Damaged("target_recall is not in 0..1");
}

}  // namespace

std::string EncodeDefinition(const CollectionDefinition& definition) {
  std::string bytes;
  bytes += static_cast<char>(kVersion);
  bytes += static_cast<char>(CodeOf(definition.metric));
  PutNumber(bytes, definition.dimensions);
  PutNumber(bytes, definition.params.m);
  PutNumber(bytes, definition.params.ef_construction);
  PutNumber(bytes, definition.params.ef_search);
  PutString(bytes, definition.model);
  PutString(bytes, definition.model_fingerprint);
  PutNumber(bytes, std::bit_cast<uint32_t>(definition.lexical.params.k1));
  PutNumber(bytes, std::bit_cast<uint32_t>(definition.lexical.params.b));
  PutString(bytes, definition.lexical.language);
  const auto target = std::bit_cast<uint64_t>(definition.target_recall);
  PutNumber(bytes, static_cast<uint32_t>(target));
  PutNumber(bytes, static_cast<uint32_t>(target >> 32));
  bytes += static_cast<char>(CodeOf(definition.vector_storage));
  return bytes;
}

absl::StatusOr<CollectionDefinition> DecodeDefinition(std::string_view bytes) {
  Reader reader(bytes);
  CollectionDefinition definition;
  ASSIGN_OR_RETURN(const uint8_t version, reader.Byte());
  RETURN_IF_ERROR(CheckVersion(version));
  RETURN_IF_ERROR(ReadCode(reader, kMetrics, "metric", definition.metric));
  RETURN_IF_ERROR(ReadIndex(reader, definition));
  ASSIGN_OR_RETURN(definition.model, reader.String());
  ASSIGN_OR_RETURN(definition.model_fingerprint, reader.String());
  definition.has_terms = version > kVersionWithoutTerms;
  if (definition.has_terms) RETURN_IF_ERROR(ReadLexical(reader, definition.lexical));
  if (version > kVersionWithoutTarget) RETURN_IF_ERROR(ReadTarget(reader, definition.target_recall));
  if (version > kVersionWithoutStorage) {
    RETURN_IF_ERROR(ReadCode(reader, kVectorStorages, "vector_storage", definition.vector_storage));
  }
  if (!reader.at_end()) return Damaged("it has bytes after its end");
  return definition;
}

CollectionInfo InfoOf(std::string id, const CollectionDefinition& definition) {
  CollectionInfo info;
  info.spec = {.id = std::move(id),
               .model = definition.model,
               .dimensions = definition.dimensions,
               .metric = definition.metric,
               .params = definition.params,
               .lexical = definition.lexical,
               .target_recall = definition.target_recall,
               .vector_storage = definition.vector_storage};
  info.model_fingerprint = definition.model_fingerprint;
  info.bytes_per_vector =
      index::BytesPerVector(definition.dimensions, definition.params, definition.vector_storage);
  return info;
}

}  // namespace voisin::service
