#include "storage/rocks_store.h"

#include <chrono>

#include "base/status_macros.h"
#include "storage/rocks_filter.h"
#include "storage/rocks_group.h"
#include "storage/rocks_match.h"
#include "storage/rocks_status.h"
#include "storage/rocks_upgrade.h"
#include "storage/rocks_view.h"

namespace voisin::storage {
namespace {

int64_t SystemClockUs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DocumentStore>> DocumentStore::Open(Options options) {
  if (!options.clock_us) options.clock_us = SystemClockUs;
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options));
  ASSIGN_OR_RETURN(std::unique_ptr<Catalog> catalog, Catalog::Load(*database));
  RETURN_IF_ERROR(EnsurePostings(*database));
  RETURN_IF_ERROR(SweepRequests(*database, options.clock_us()));
  return std::make_unique<RocksStore>(std::move(options), std::move(database), std::move(catalog));
}

RocksStore::RocksStore(Options options, std::unique_ptr<Database> database, std::unique_ptr<Catalog> catalog)
    : clock_us_(std::move(options.clock_us)),
      database_(std::move(database)),
      catalog_(std::move(catalog)),
      filter_cache_(options.filter_cache_bytes),
      log_(*database_, *catalog_, options.max_queued_bytes, clock_us_) {}

absl::StatusOr<CollectionRecord> RocksStore::CreateCollection(CollectionRecord record) {
  return catalog_->Create(std::move(record));
}

absl::Status RocksStore::UpdateCollection(const CollectionRecord& record) { return catalog_->Update(record); }
absl::Status RocksStore::DeleteCollection(CollectionNumber number) { return catalog_->Delete(number); }
absl::StatusOr<std::vector<CollectionRecord>> RocksStore::ListCollections() const { return catalog_->List(); }

absl::Status RocksStore::Append(Entry entry, Done done) {
  return log_.Append(std::move(entry), std::move(done));
}

absl::StatusOr<std::optional<Applied>> RocksStore::FindRequest(CollectionNumber collection,
                                                               std::string_view request_id) const {
  RETURN_IF_ERROR(Exists(collection));
  const std::string key = NameKey(collection, request_id);
  ASSIGN_OR_RETURN(const View::Rows rows, View(*database_).ReadRows(Table::requests, {&key, 1}));
  if (!rows.front()) return std::nullopt;
  const absl::StatusOr<RequestRecord> first = DecodeRequest(ToView(*rows.front()));
  if (!first.ok()) return AtName(first.status(), collection, request_id);
  return AnswerAgain(*first, clock_us_());
}

absl::StatusOr<Lsn> RocksStore::LastLsn(CollectionNumber collection) const {
  ASSIGN_OR_RETURN(const CollectionState state, catalog_->State(collection));
  return state.last_lsn;
}

absl::StatusOr<uint64_t> RocksStore::Count(CollectionNumber collection) const {
  ASSIGN_OR_RETURN(const CollectionState state, catalog_->State(collection));
  return state.count;
}

absl::Status RocksStore::TrimChanges(CollectionNumber collection, Lsn through) {
  return catalog_->Trim(collection, through);
}

absl::Status RocksStore::PutTerms(CollectionNumber collection, std::span<const PointTerms> terms) {
  RETURN_IF_ERROR(Exists(collection));
  rocksdb::WriteBatch batch;
  for (const PointTerms& of : terms) {
    RETURN_IF_ERROR(CheckTerms(of.terms));
    const auto put =
        batch.Put(database_->table(Table::terms), PointKey(collection, of.point), EncodeTerms(of.terms));
    RETURN_IF_ERROR(FromRocks(put, "preparing a write"));
  }
  MutexLock writing(database_->writing());
  return database_->WriteSoon(batch);
}

absl::StatusOr<std::vector<std::optional<StoredDocument>>> RocksStore::GetPoints(
    CollectionNumber collection, std::span<const PointId> points, ReadMask mask) const {
  RETURN_IF_ERROR(Exists(collection));
  return View(*database_).ReadDocuments(collection, points, mask);
}

absl::StatusOr<std::vector<std::optional<StoredDocument>>> RocksStore::GetMany(
    CollectionNumber collection, std::span<const std::string> ids, ReadMask mask) const {
  RETURN_IF_ERROR(Exists(collection));
  const View view(*database_);
  ASSIGN_OR_RETURN(const auto found, view.FindPoints(collection, ids));
  std::vector<PointId> points;
  for (const auto& point : found) {
    if (point) points.push_back(*point);
  }
  ASSIGN_OR_RETURN(View::Documents living, view.ReadDocuments(collection, points, mask));
  View::Documents documents(ids.size());
  size_t next = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (found[i]) documents[i] = std::move(living[next++]);
  }
  return documents;
}

absl::StatusOr<std::optional<StoredDocument>> RocksStore::Get(CollectionNumber collection,
                                                              std::string_view id, ReadMask mask) const {
  const std::string only(id);
  ASSIGN_OR_RETURN(auto documents, GetMany(collection, {&only, 1}, mask));
  return std::move(documents.front());
}

absl::StatusOr<ListPage> RocksStore::List(CollectionNumber collection, const Filter& filter,
                                          std::string_view after, size_t limit, ReadMask mask) const {
  RETURN_IF_ERROR(Exists(collection));
  const View view(*database_);
  if (filter.matches_everything()) return ListDocuments(view, collection, nullptr, after, limit, mask);
  ASSIGN_OR_RETURN(const FilterMatch match, MatchFilter(view, collection, filter, 0, filter_cache_));
  return ListDocuments(view, collection, &match, after, limit, mask);
}

absl::StatusOr<FilterMatch> RocksStore::Match(CollectionNumber collection, const Filter& filter,
                                              int64_t now_us) const {
  RETURN_IF_ERROR(Exists(collection));
  return MatchFilter(View(*database_), collection, filter, now_us, filter_cache_);
}

absl::StatusOr<std::vector<Deletion>> RocksStore::MatchingDeletions(CollectionNumber collection,
                                                                    const Filter& filter,
                                                                    int64_t now_us) const {
  RETURN_IF_ERROR(Exists(collection));
  const View view(*database_);
  ASSIGN_OR_RETURN(const FilterMatch match, MatchFilter(view, collection, filter, now_us, filter_cache_));
  return DeletionsOf(view, collection, match.points);
}

}  // namespace voisin::storage
