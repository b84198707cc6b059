#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "storage/document_store.h"
#include "tests/support/scratch_dir.h"

namespace voisin::storage {

// A store in a scratch folder with one collection, a clock that the test sets, and blocking writes.
class StoreFixture {
 public:
  StoreFixture();

  DocumentStore& store() { return *store_; }
  CollectionNumber collection() const { return collection_; }
  const std::filesystem::path& directory() const { return scratch_.path(); }
  DocumentStore::Options OptionsHere();
  void Close() { store_.reset(); }
  void Reopen();

  // Waits for Done.
  absl::StatusOr<Applied> Append(Entry entry);
  absl::StatusOr<Applied> Upsert(std::vector<Document> documents, std::string request_id = "");
  absl::StatusOr<Applied> Delete(std::vector<Deletion> deletions);
  // Every live document, by id, with all parts; fails the test on an error.
  std::map<std::string, StoredDocument> Contents(CollectionNumber collection);
  std::map<std::string, StoredDocument> Contents() { return Contents(collection_); }
  std::vector<Change> Changes(Lsn after = 0);
  // Points that match, ascending; fails the test on an error.
  std::vector<PointId> Matching(const std::string& filter, int64_t at_us = 0);

  std::vector<absl::StatusCode> write_health;   // as the store told it; of the log thread until Close
  std::atomic<int64_t> now_us = 1'000'000'000;  // read by the log thread too

 private:
  test::ScratchDir scratch_;
  std::unique_ptr<DocumentStore> store_;
  CollectionNumber collection_ = 0;
};

inline constexpr ReadMask kAllParts{.text = true, .metadata = true, .vector = true, .terms = true};

// A document whose parts all tell `id` and `version`.
Document MakeDocument(std::string id, double version = 0, int64_t expire_time_us = 0);

}  // namespace voisin::storage
