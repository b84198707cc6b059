#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "rocksdb/write_batch.h"
#include "storage/posting_changes.h"
#include "storage/rocks_catalog.h"

namespace voisin::storage {

// Entries that are written together: what they find is read once, then each is applied in memory, sees what
// the ones before it did, and adds its rows to one batch. For one thread, which holds writing() from Load to
// the write.
class Group {
 public:
  // `now_us`: request ids older than kRequestLifeUs are unknown again.
  Group(const Database& database, const Catalog& catalog, int64_t now_us);

  // Reads the keys and request ids that these entries name, and the metadata of what lives there. The entries
  // outlive the group.
  void Load(std::span<const Entry* const> entries);

  // Adds the whole entry, or leaves the group as it was:
  //   NotFound          no such collection
  //   InvalidArgument   an id, metadata or terms that no record may have, or the same id twice
  //   DataLoss          a damaged row in the entry's way
  absl::StatusOr<Applied> Apply(const Entry& entry);

  rocksdb::WriteBatch& batch() { return batch_; }
  bool empty() const { return batch_.Count() == 0; }
  // After all entries: adds the rows of states and postings. The failure, if any, of putting rows into the batch.
  absl::Status Close();
  // What the batch does to the postings. Once.
  std::shared_ptr<const PostingChanges> TakePostings() { return std::move(postings_); }
  const std::map<CollectionNumber, CollectionState>& states() const { return states_; }

 private:
  template <class Record>
  using Rows = std::unordered_map<std::string, absl::StatusOr<std::optional<Record>>>;

  absl::StatusOr<CollectionState*> StateOf(CollectionNumber collection);
  absl::Status Check(const Entry& entry) const;
  absl::Status CheckRow(CollectionNumber collection, const std::string& id) const;
  absl::StatusOr<std::optional<Applied>> Replay(const Entry& entry) const;
  bool Delete(const Deletion& deletion, CollectionNumber collection, Applied& applied);
  void Upsert(const Document& document, PointId point, CollectionNumber collection, Applied& applied);
  void Remove(CollectionNumber collection, const KeyRecord& version, Applied& applied);
  void RemovePostings(CollectionNumber collection, PointId point, const std::string& point_key);
  void LogChange(const Entry& entry, const Applied& applied);

  void Put(Table table, const std::string& key, const std::string& value);
  void Erase(Table table, const std::string& key);

  const Database& database_;
  const Catalog& catalog_;
  const int64_t now_us_;
  rocksdb::WriteBatch batch_;
  rocksdb::Status put_status_;
  Rows<KeyRecord> keys_;           // by row key; as they are after the entries applied so far
  Rows<RequestRecord> requests_;   // likewise
  Rows<MetadataRecord> metadata_;  // by row key; of what lived before these entries
  std::unordered_map<std::string, const Object*> written_;  // by row key; metadata of these entries
  std::shared_ptr<PostingChanges> postings_ = std::make_shared<PostingChanges>();
  std::map<CollectionNumber, CollectionState> states_;
};

inline constexpr int64_t kRequestLifeUs = int64_t{24} * 3600 * 1'000'000;

// The first answer once more; nothing when it is older than kRequestLifeUs.
std::optional<Applied> AnswerAgain(const RequestRecord& first, int64_t now_us);

}  // namespace voisin::storage
