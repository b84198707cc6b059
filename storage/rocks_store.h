#pragma once

#include <memory>

#include "storage/document_store.h"
#include "storage/filter_cache.h"
#include "storage/rocks_catalog.h"
#include "storage/rocks_log.h"

namespace voisin::storage {

// DocumentStore over RocksDB: the catalog knows the collections, the log writes, views read.
class RocksStore : public DocumentStore {
 public:
  RocksStore(Options options, std::unique_ptr<Database> database, std::unique_ptr<Catalog> catalog);

  absl::StatusOr<CollectionRecord> CreateCollection(CollectionRecord record) override;
  absl::Status UpdateCollection(const CollectionRecord& record) override;
  absl::Status DeleteCollection(CollectionNumber number) override;
  absl::StatusOr<std::vector<CollectionRecord>> ListCollections() const override;
  absl::Status Compact(CollectionNumber number) override;

  absl::Status Checkpoint(const std::filesystem::path& directory) override;
  absl::StatusOr<CollectionRecord> RestoreCollection(
      const std::string& id, const CollectionImage& image,
      const std::function<absl::Status(CollectionNumber)>& prepare) override;

  absl::Status Append(Entry entry, Done done) override;
  absl::StatusOr<std::optional<Applied>> FindRequest(CollectionNumber collection,
                                                     std::string_view request_id) const override;
  absl::StatusOr<Lsn> LastLsn(CollectionNumber collection) const override;
  absl::Status ReadChanges(CollectionNumber collection, Lsn after,
                           const std::function<absl::Status(const Change&)>& visit) const override;
  absl::Status TrimChanges(CollectionNumber collection, Lsn through) override;

  absl::StatusOr<std::optional<StoredDocument>> Get(CollectionNumber collection, std::string_view id,
                                                    ReadMask mask) const override;
  absl::StatusOr<std::vector<std::optional<StoredDocument>>> GetMany(CollectionNumber collection,
                                                                     std::span<const std::string> ids,
                                                                     ReadMask mask) const override;
  absl::StatusOr<std::vector<std::optional<StoredDocument>>> GetPoints(CollectionNumber collection,
                                                                       std::span<const PointId> points,
                                                                       ReadMask mask) const override;
  absl::StatusOr<ListPage> List(CollectionNumber collection, const Filter& filter, std::string_view after,
                                size_t limit, ReadMask mask) const override;
  absl::StatusOr<FilterMatch> Match(CollectionNumber collection, const Filter& filter,
                                    int64_t now_us) const override;
  absl::StatusOr<std::vector<Deletion>> MatchingDeletions(CollectionNumber collection, const Filter& filter,
                                                          int64_t now_us) const override;
  absl::StatusOr<uint64_t> Count(CollectionNumber collection) const override;
  absl::Status ReadVectors(
      CollectionNumber collection, PointId after,
      const std::function<absl::Status(PointId, std::span<const float>)>& visit) const override;
  absl::Status ReadTerms(
      CollectionNumber collection, PointId after,
      const std::function<absl::Status(PointId, std::span<const TermCount>)>& visit) const override;
  absl::Status PutTerms(CollectionNumber collection, std::span<const PointTerms> terms) override;
  absl::StatusOr<std::vector<Expired>> FindExpired(int64_t now_us, size_t limit) const override;
  absl::StatusOr<uint64_t> ApproximateBytes(CollectionNumber collection) const override;

 private:
  // NotFound when there is no such collection.
  absl::Status Exists(CollectionNumber collection) const { return catalog_->State(collection).status(); }

  const std::function<int64_t()> clock_us_;
  const std::unique_ptr<Database> database_;
  const std::unique_ptr<Catalog> catalog_;
  mutable FilterCache filter_cache_;
  Log log_;
};

}  // namespace voisin::storage
