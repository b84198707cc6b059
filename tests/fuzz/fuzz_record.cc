// Any bytes as every kind of record: an error, or a record whose encoding decodes to itself.
#include <cstdint>
#include <cstdlib>

#include "storage/record.h"

namespace {

using namespace voisin::storage;  // every name below is a record's

template <class Record>
void RoundTrip(std::string_view bytes, absl::StatusOr<Record> (*decode)(std::string_view),
               std::string (*encode)(const Record&)) {
  const absl::StatusOr<Record> record = decode(bytes);
  if (!record.ok()) return;
  const std::string again = encode(*record);
  const absl::StatusOr<Record> same = decode(again);
  if (!same.ok() || encode(*same) != again) abort();
}

std::string EncodeDocumentRecord(const DocumentRecord& record) {
  Document document;
  document.id = record.id;
  document.expire_time_us = record.expire_time_us;
  document.text = record.text;
  return EncodeDocument(document);
}

std::string EncodeMetadataRecord(const MetadataRecord& record) {
  Document document;
  document.id = record.id;
  document.expire_time_us = record.expire_time_us;
  document.metadata = record.metadata;
  return EncodeMetadata(document);
}

std::string EncodeVectorRecord(const std::vector<float>& vector) { return EncodeVector(vector); }
std::string EncodeTermsRecord(const std::vector<TermCount>& terms) { return EncodeTerms(terms); }
std::string EncodeExpiryRecord(const std::string& id) { return EncodeExpiry(id); }

// Skipping fields accepts what reading them accepts.
void CompareSkipping(std::string_view bytes) {
  if (DecodeMetadata(bytes).ok() != DecodeMetadataFields(bytes, {}).ok()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RoundTrip(bytes, DecodeDocument, EncodeDocumentRecord);
  RoundTrip(bytes, DecodeMetadata, EncodeMetadataRecord);
  RoundTrip(bytes, DecodeVector, EncodeVectorRecord);
  RoundTrip(bytes, DecodeTerms, EncodeTermsRecord);
  RoundTrip(bytes, DecodeKey, EncodeKey);
  RoundTrip(bytes, DecodeChange, EncodeChange);
  RoundTrip(bytes, DecodeRequest, EncodeRequest);
  RoundTrip(bytes, DecodeExpiry, EncodeExpiryRecord);
  RoundTrip(bytes, DecodeCollection, EncodeCollection);
  RoundTrip(bytes, DecodeState, EncodeState);
  CompareSkipping(bytes);
  return 0;
}
