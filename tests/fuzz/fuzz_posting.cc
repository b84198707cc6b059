// Any bytes as a record, a key and a string of postings: an error, or what comes back the same from its own encoding.
#include <cstdint>
#include <cstdlib>

#include "storage/keys.h"
#include "storage/posting_key.h"
#include "storage/posting_record.h"

namespace {

using namespace voisin::storage;  // every name below is of postings

void ReadRecord(std::string_view bytes) {
  const auto record = DecodePosting(bytes);
  if (!record.ok()) return;
  const std::string again = EncodePosting(*record);
  const auto same = DecodePosting(again);
  if (!same.ok() || *same != *record) abort();
  const std::string_view twice[] = {again, bytes};
  const auto joined = JoinPostings(twice, true);
  if (!joined.ok() || joined->added.size() > record->added.size() || !joined->removed.empty()) abort();
}

void ReadKey(std::string_view bytes) {
  const auto parts = SplitPostingKey(bytes);
  if (!parts) return;
  const std::string filed = std::string(bytes.substr(0, sizeof(CollectionNumber))).append(parts->term);
  if (PostingKey(filed, parts->chunk) != bytes) abort();
}

void ReadString(std::string_view bytes) {
  const auto string = DecodeTermString(bytes);
  if (string && string->whole && StringTerm("", string->text) != bytes) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadRecord(bytes);
  ReadKey(bytes);
  ReadString(bytes);
  return 0;
}
