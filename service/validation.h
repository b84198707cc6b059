#pragma once

#include <span>
#include <string_view>

#include "service/engine.h"

// What requests must be like. Every error is InvalidArgument with the field's path and says what was expected
// and what came.
namespace voisin::service {

absl::Status CheckCollectionId(std::string_view field, std::string_view id);
absl::Status CheckSnapshotId(std::string_view field, std::string_view id);
// One path component that is no hidden file; empty is refused.
absl::Status CheckModelName(std::string_view field, std::string_view name);
absl::Status CheckDocumentId(std::string_view field, std::string_view id);
absl::Status CheckUtf8(std::string_view field, std::string_view text);
// UTF-8, at most `max_bytes`, not blank.
absl::Status CheckText(std::string_view field, std::string_view text, size_t max_bytes);
absl::Status CheckTexts(std::string_view field, std::span<const std::string> texts, const Limits& limits);
absl::Status CheckMetadata(std::string_view field, const storage::Object& metadata, size_t max_bytes);
absl::Status CheckRequestId(std::string_view request_id);
absl::Status CheckMinScore(const std::optional<float>& min_score);

// The size that limits.metadata_bytes bounds: bytes of keys and strings, 8 per number, 1 per other value.
size_t MetadataBytes(const storage::Object& metadata);

// Id, text, metadata, vector of each document, and no id twice. Does not know whether text can be encoded.
absl::Status CheckDocuments(std::span<const storage::Document> documents, uint32_t dimensions,
                            index::Metric metric, const Limits& limits);

// InvalidArgument at field "filter" with the byte position.
absl::StatusOr<storage::Filter> ParseFilter(std::string_view filter);
// InvalidArgument of the store, which a filter is to blame for, at field "filter"; any other error as it is.
absl::Status AtFilter(absl::Status status);

}  // namespace voisin::service
