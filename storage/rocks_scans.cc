// The members of RocksStore that walk over ranges of rows.
#include <array>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rocks_status.h"
#include "storage/rocks_store.h"
#include "storage/rocks_view.h"

namespace voisin::storage {
namespace {

absl::Status BadKey(Table table, CollectionNumber collection) {
  return absl::DataLossError(absl::StrCat("collection ", collection, ": a key of ",
                                          std::string(TableName(table)), " is shorter than its numbers"));
}

template <class Row, class Visit>
absl::Status ForEachPoint(const View& view, Table table, CollectionNumber collection, PointId after,
                          absl::StatusOr<Row> (*decode)(std::string_view), const Visit& visit) {
  RangeScan row(view, table, PointKey(collection, after + 1), CollectionPrefix(collection + 1));
  for (; row.Valid(); row.Next()) {
    const auto point = PointOfKey(row.key());
    if (!point) return BadKey(table, collection);
    const absl::StatusOr<Row> decoded = decode(row.value());
    if (!decoded.ok()) return AtPoint(decoded.status(), collection, *point);
    RETURN_IF_ERROR(visit(*point, *decoded));
  }
  return row.status();
}

// Of what has expired by `now_us`, until `found` holds `limit`.
absl::Status AddExpired(const View& view, CollectionNumber collection, int64_t now_us, size_t limit,
                        std::vector<Expired>& found) {
  RangeScan row(view, Table::expiry, CollectionPrefix(collection), ExpiryKey(collection, now_us + 1, 0));
  for (; row.Valid() && found.size() < limit; row.Next()) {
    const auto point = PointOfKey(row.key());
    if (!point) return BadKey(Table::expiry, collection);
    absl::StatusOr<std::string> id = DecodeExpiry(row.value());
    if (!id.ok()) return AtPoint(id.status(), collection, *point);
    found.push_back({.collection = collection, .id = *std::move(id), .point = *point});
  }
  return row.status();
}

}  // namespace

absl::Status RocksStore::ReadChanges(CollectionNumber collection, Lsn after,
                                     const std::function<absl::Status(const Change&)>& visit) const {
  const View view(*database_);
  ASSIGN_OR_RETURN(const CollectionState state, catalog_->State(collection));
  if (after < state.trimmed) {
    return absl::OutOfRangeError(absl::StrCat("collection ", collection, ": expected changes after ",
                                              state.trimmed, " or later, got ", after,
                                              ": those before are forgotten"));
  }
  RangeScan row(view, Table::changes, PointKey(collection, after + 1), CollectionPrefix(collection + 1));
  for (; row.Valid(); row.Next()) {
    const auto lsn = PointOfKey(row.key());
    if (!lsn) return BadKey(Table::changes, collection);
    absl::StatusOr<Change> change = DecodeChange(row.value());
    if (!change.ok()) return AtPoint(change.status(), collection, *lsn);
    change->lsn = *lsn;
    RETURN_IF_ERROR(visit(*change));
  }
  return row.status();
}

absl::Status RocksStore::ReadVectors(
    CollectionNumber collection, PointId after,
    const std::function<absl::Status(PointId, std::span<const float>)>& visit) const {
  RETURN_IF_ERROR(Exists(collection));
  return ForEachPoint<std::vector<float>>(View(*database_), Table::vectors, collection, after, DecodeVector,
                                          visit);
}

absl::Status RocksStore::ReadTerms(
    CollectionNumber collection, PointId after,
    const std::function<absl::Status(PointId, std::span<const TermCount>)>& visit) const {
  RETURN_IF_ERROR(Exists(collection));
  return ForEachPoint<std::vector<TermCount>>(View(*database_), Table::terms, collection, after, DecodeTerms,
                                              visit);
}

absl::StatusOr<std::vector<Expired>> RocksStore::FindExpired(int64_t now_us, size_t limit) const {
  const View view(*database_);
  std::vector<Expired> found;
  for (const CollectionRecord& collection : catalog_->List()) {
    if (found.size() >= limit) break;
    RETURN_IF_ERROR(AddExpired(view, collection.number, now_us, limit, found));
  }
  return found;
}

absl::StatusOr<uint64_t> RocksStore::ApproximateBytes(CollectionNumber collection) const {
  RETURN_IF_ERROR(Exists(collection));
  const std::string from = CollectionPrefix(collection), to = CollectionPrefix(collection + 1);
  const rocksdb::Range range(from, to);
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.include_files = true;
  uint64_t total = 0;
  for (int i = 1; i < kTableCount; ++i) {
    uint64_t bytes = 0;
    const auto table = database_->table(static_cast<Table>(i));
    const auto status = database_->db().GetApproximateSizes(options, table, &range, 1, &bytes);
    RETURN_IF_ERROR(FromRocks(status, absl::StrCat("measuring collection ", collection)));
    total += bytes;
  }
  return total;
}

}  // namespace voisin::storage
