#pragma once

#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/document_store.h"

namespace voisin::storage {

// The values of the tables in keys.h, as bytes. Every record begins with its own format version, one byte. Primitives (varint, signed, bytes, ...) are those of bytes.h, object that of value_codec.h.
//   document-record   = %x01 bytes id, signed expire_us, bytes text
//   metadata-record   = %x01 bytes id, signed expire_us, object
//   vector-record     = %x01 *( 4 OCTETs: IEEE float, least significant first )
//   key-record        = %x01 varint point, signed expire_us
//   change-record     = %x01 varint first_point, varint upserted, varint count, count * varint removed
//   request-record    = %x02 varint lsn, varint first_point, varint upserted, varint deleted, varint remark,
//                       signed time_us; %x01 is read too and has no remark
//   expiry-record     = %x01 bytes id
//   terms-record      = %x01 varint count, count * ( fixed64 term, varint count from 1 )     ; terms ascend
//   collection-record = %x01 bytes id, bytes definition, signed create_time_us
//   state-record      = %x01 varint last_lsn, varint count, varint trimmed
// Decoding anything else gives DataLoss with the byte position, and never more memory than a small multiple
// of the input.

struct DocumentRecord {
  std::string id;
  int64_t expire_time_us = 0;
  std::string text;
  bool operator==(const DocumentRecord&) const = default;
};

struct MetadataRecord {
  std::string id;
  int64_t expire_time_us = 0;
  Object metadata;
  bool operator==(const MetadataRecord&) const = default;
};

// The version of a document that lives.
struct KeyRecord {
  PointId point = 0;
  int64_t expire_time_us = 0;
  bool operator==(const KeyRecord&) const = default;
};

// The first answer to a request_id.
struct RequestRecord {
  Lsn lsn = 0;
  PointId first_point = 0;
  uint32_t upserted = 0;
  uint32_t deleted = 0;
  uint32_t remark = 0;
  int64_t time_us = 0;
  bool operator==(const RequestRecord&) const = default;
};

// InvalidArgument unless the terms ascend, each once, and every count is at least 1.
absl::Status CheckTerms(std::span<const TermCount> terms);

std::string EncodeDocument(const Document& document);
std::string EncodeMetadata(const Document& document);
std::string EncodeVector(std::span<const float> vector);
std::string EncodeKey(const KeyRecord& record);
std::string EncodeChange(const Change& change);  // without its lsn, which is the key
std::string EncodeRequest(const RequestRecord& record);
std::string EncodeExpiry(std::string_view id);
std::string EncodeTerms(std::span<const TermCount> terms);     // as CheckTerms wants them
std::string EncodeCollection(const CollectionRecord& record);  // without its number, which is the key
std::string EncodeState(const CollectionState& state);

absl::StatusOr<DocumentRecord> DecodeDocument(std::string_view bytes);
absl::StatusOr<MetadataRecord> DecodeMetadata(std::string_view bytes);
// With only these outermost fields of the metadata (ascending); the whole record is checked.
absl::StatusOr<MetadataRecord> DecodeMetadataFields(std::string_view bytes,
                                                    std::span<const std::string> fields);
absl::StatusOr<std::vector<float>> DecodeVector(std::string_view bytes);
absl::StatusOr<KeyRecord> DecodeKey(std::string_view bytes);
absl::StatusOr<Change> DecodeChange(std::string_view bytes);
absl::StatusOr<RequestRecord> DecodeRequest(std::string_view bytes);
absl::StatusOr<std::string> DecodeExpiry(std::string_view bytes);
absl::StatusOr<std::vector<TermCount>> DecodeTerms(std::string_view bytes);
absl::StatusOr<CollectionRecord> DecodeCollection(std::string_view bytes);
absl::StatusOr<CollectionState> DecodeState(std::string_view bytes);

}  // namespace voisin::storage
