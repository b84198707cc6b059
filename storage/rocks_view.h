#pragma once

#include <memory>
#include <optional>
#include <span>

#include "storage/record.h"
#include "storage/rocks_database.h"

namespace voisin::storage {

// One consistent moment of the database. For one thread.
class View {
 public:
  using Rows = std::vector<std::optional<rocksdb::PinnableSlice>>;
  using Documents = std::vector<std::optional<StoredDocument>>;

  explicit View(const Database& database);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  const Database& database() const { return database_; }
  rocksdb::ReadOptions options() const;
  // Of the last write that it sees.
  uint64_t sequence() const { return snapshot_->GetSequenceNumber(); }

  // The row of each key, in order; nothing for an absent one.
  absl::StatusOr<Rows> ReadRows(Table table, std::span<const std::string> keys) const;
  // The metadata row of each point; DataLoss when one is missing: for points that are known to live.
  absl::StatusOr<Rows> ReadMetadata(CollectionNumber collection, std::span<const PointId> points) const;
  // The points that live under these ids.
  absl::StatusOr<std::vector<std::optional<PointId>>> FindPoints(CollectionNumber collection,
                                                                 std::span<const std::string> ids) const;
  // What lives at these points, with the parts of the mask.
  absl::StatusOr<Documents> ReadDocuments(CollectionNumber collection, std::span<const PointId> points,
                                          ReadMask mask) const;

 private:
  const Database& database_;
  const rocksdb::Snapshot* const snapshot_;
};

// The rows of a table with from <= key < to, ascending, at the view's moment:
//   RangeScan row(view, table, from, to);
//   for (; row.Valid(); row.Next()) ...
//   RETURN_IF_ERROR(row.status());
class RangeScan {
 public:
  RangeScan(const View& view, Table table, std::string from, std::string to);
  // A whole collection.
  RangeScan(const View& view, Table table, CollectionNumber collection);

  bool Valid() const { return iterator_->Valid(); }
  void Next() { iterator_->Next(); }
  std::string_view key() const;
  std::string_view value() const;
  absl::Status status() const;

 private:
  const Table table_;
  const std::string to_;
  const rocksdb::Slice upper_bound_;  // of to_, for the iterator's whole life
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace voisin::storage
