#include "storage/record.h"

#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/bytes.h"
#include "storage/value_codec.h"

namespace voisin::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "vector records are copied as they lie in memory");

constexpr uint8_t kVersion = 1;
constexpr uint8_t kRequestVersion = 2;

ByteWriter StartRecord(uint8_t version = kVersion) {
  ByteWriter out;
  out.Byte(version);
  return out;
}

ByteReader OpenRecord(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.Byte() != kVersion) in.Fail("expected record version 1 before this");
  return in;
}

template <class Record>
absl::StatusOr<Record> Finished(ByteReader& in, Record record) {
  RETURN_IF_ERROR(in.Finish());
  return record;
}

}  // namespace

std::string EncodeDocument(const Document& document) {
  ByteWriter out = StartRecord();
  out.Bytes(document.id);
  out.Signed(document.expire_time_us);
  out.Bytes(document.text);
  return out.Take();
}

absl::StatusOr<DocumentRecord> DecodeDocument(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  DocumentRecord record;
  record.id = in.Bytes();
  record.expire_time_us = in.Signed();
  record.text = in.Bytes();
  return Finished(in, std::move(record));
}

std::string EncodeMetadata(const Document& document) {
  ByteWriter out = StartRecord();
  out.Bytes(document.id);
  out.Signed(document.expire_time_us);
  WriteObject(document.metadata, out);
  return out.Take();
}

absl::StatusOr<MetadataRecord> DecodeMetadata(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  MetadataRecord record;
  record.id = in.Bytes();
  record.expire_time_us = in.Signed();
  record.metadata = ReadObject(in);
  return Finished(in, std::move(record));
}

absl::StatusOr<MetadataRecord> DecodeMetadataFields(std::string_view bytes,
                                                    std::span<const std::string> fields) {
  ByteReader in = OpenRecord(bytes);
  MetadataRecord record;
  record.id = in.Bytes();
  record.expire_time_us = in.Signed();
  record.metadata = ReadObjectFields(in, fields);
  return Finished(in, std::move(record));
}

std::string EncodeVector(std::span<const float> vector) {
  ByteWriter out = StartRecord();
  out.Raw({reinterpret_cast<const char*>(vector.data()), vector.size_bytes()});
  return out.Take();
}

absl::StatusOr<std::vector<float>> DecodeVector(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  if (in.remaining() % sizeof(float) != 0) in.Fail("expected a multiple of 4 bytes");
  const std::string_view raw = in.Rest();
  std::vector<float> vector(raw.size() / sizeof(float));
  if (!raw.empty()) std::memcpy(vector.data(), raw.data(), raw.size());
  return Finished(in, std::move(vector));
}

std::string EncodeKey(const KeyRecord& record) {
  ByteWriter out = StartRecord();
  out.Varint(record.point);
  out.Signed(record.expire_time_us);
  return out.Take();
}

absl::StatusOr<KeyRecord> DecodeKey(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  KeyRecord record;
  record.point = in.Varint();
  record.expire_time_us = in.Signed();
  return Finished(in, record);
}

std::string EncodeChange(const Change& change) {
  ByteWriter out = StartRecord();
  out.Varint(change.first_point);
  out.Varint(change.upserted);
  out.Varint(change.removed.size());
  for (PointId point : change.removed) out.Varint(point);
  return out.Take();
}

absl::StatusOr<Change> DecodeChange(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  Change change;
  change.first_point = in.Varint();
  change.upserted = in.Varint32();
  const size_t count = in.Count();
  change.removed.reserve(count);
  for (size_t i = 0; i < count && in.ok(); ++i) change.removed.push_back(in.Varint());
  return Finished(in, std::move(change));
}

std::string EncodeRequest(const RequestRecord& record) {
  ByteWriter out = StartRecord(kRequestVersion);
  out.Varint(record.lsn);
  out.Varint(record.first_point);
  out.Varint(record.upserted);
  out.Varint(record.deleted);
  out.Varint(record.remark);
  out.Signed(record.time_us);
  return out.Take();
}

absl::StatusOr<RequestRecord> DecodeRequest(std::string_view bytes) {
  ByteReader in(bytes);
  const uint8_t version = in.Byte();
  if (version != kVersion && version != kRequestVersion)
    in.Fail("expected record version 1 or 2 before this");
  RequestRecord record;
  record.lsn = in.Varint();
  record.first_point = in.Varint();
  record.upserted = in.Varint32();
  record.deleted = in.Varint32();
  if (version == kRequestVersion) record.remark = in.Varint32();
  record.time_us = in.Signed();
  return Finished(in, record);
}

std::string EncodeExpiry(std::string_view id) {
  ByteWriter out = StartRecord();
  out.Bytes(id);
  return out.Take();
}

absl::StatusOr<std::string> DecodeExpiry(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  std::string id(in.Bytes());
  return Finished(in, std::move(id));
}

absl::Status CheckTerms(std::span<const TermCount> terms) {
  for (size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].count == 0)
      return absl::InvalidArgumentError("terms: expected a count of at least 1, got 0");
    if (i > 0 && terms[i].term <= terms[i - 1].term) {
      return absl::InvalidArgumentError(
          absl::StrCat("terms: expected them ascending, got ", terms[i].term, " after ", terms[i - 1].term));
    }
  }
  return absl::OkStatus();
}

// Terms are hashes, which as varints would be longer.
std::string EncodeTerms(std::span<const TermCount> terms) {
  ByteWriter out = StartRecord();
  out.Varint(terms.size());
  for (const TermCount& term : terms) {
    out.Fixed64(term.term);
    out.Varint(term.count);
  }
  return out.Take();
}

absl::StatusOr<std::vector<TermCount>> DecodeTerms(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  std::vector<TermCount> terms(in.Count());
  for (size_t i = 0; i < terms.size() && in.ok(); ++i) {
    terms[i].term = in.Fixed64();
    terms[i].count = in.Varint32();
    if (terms[i].count == 0) in.Fail("expected a count of at least 1 before this");
    if (i > 0 && terms[i].term <= terms[i - 1].term) in.Fail("expected terms that ascend");
  }
  return Finished(in, std::move(terms));
}

std::string EncodeCollection(const CollectionRecord& record) {
  ByteWriter out = StartRecord();
  out.Bytes(record.id);
  out.Bytes(record.definition);
  out.Signed(record.create_time_us);
  return out.Take();
}

absl::StatusOr<CollectionRecord> DecodeCollection(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  CollectionRecord record;
  record.id = in.Bytes();
  record.definition = in.Bytes();
  record.create_time_us = in.Signed();
  return Finished(in, std::move(record));
}

std::string EncodeState(const CollectionState& state) {
  ByteWriter out = StartRecord();
  out.Varint(state.last_lsn);
  out.Varint(state.count);
  out.Varint(state.trimmed);
  return out.Take();
}

absl::StatusOr<CollectionState> DecodeState(std::string_view bytes) {
  ByteReader in = OpenRecord(bytes);
  CollectionState state;
  state.last_lsn = in.Varint();
  state.count = in.Varint();
  state.trimmed = in.Varint();
  return Finished(in, state);
}

}  // namespace voisin::storage
