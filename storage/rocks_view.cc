#include "storage/rocks_view.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

std::string Reading(Table table) { return "reading " + std::string(TableName(table)); }

std::vector<std::string> PointKeys(CollectionNumber collection, std::span<const PointId> points) {
  std::vector<std::string> keys;
  keys.reserve(points.size());
  for (PointId point : points) keys.push_back(PointKey(collection, point));
  return keys;
}

absl::Status AddText(std::string_view bytes, Document& document) {
  ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(bytes));
  document.id = std::move(record.id);
  document.expire_time_us = record.expire_time_us;
  document.text = std::move(record.text);
  return absl::OkStatus();
}

absl::Status AddMetadata(std::string_view bytes, bool with_fields, Document& document) {
  ASSIGN_OR_RETURN(MetadataRecord record,
                   with_fields ? DecodeMetadata(bytes) : DecodeMetadataFields(bytes, {}));
  document.id = std::move(record.id);
  document.expire_time_us = record.expire_time_us;
  document.metadata = std::move(record.metadata);
  return absl::OkStatus();
}

absl::Status AddTerms(std::string_view bytes, Document& document) {
  ASSIGN_OR_RETURN(document.terms, DecodeTerms(bytes));
  return absl::OkStatus();
}

absl::Status AddVector(std::string_view bytes, Document& document) {
  ASSIGN_OR_RETURN(document.vector, DecodeVector(bytes));
  return absl::OkStatus();
}

// The tables that a mask needs; the first one always tells whether the point lives, its id and its expiry.
std::vector<Table> TablesOf(ReadMask mask) {
  std::vector<Table> tables;
  if (mask.text) tables.push_back(Table::documents);
  if (mask.metadata || !mask.text) tables.push_back(Table::metadata);
  if (mask.vector) tables.push_back(Table::vectors);
  if (mask.terms) tables.push_back(Table::terms);
  return tables;
}

absl::Status AddPart(Table table, std::string_view bytes, ReadMask mask, Document& document) {
  if (table == Table::documents) return AddText(bytes, document);
  if (table == Table::metadata) return AddMetadata(bytes, mask.metadata, document);
  if (table == Table::terms) return AddTerms(bytes, document);
  return AddVector(bytes, document);
}

absl::Status MissingRow(Table table) {
  return absl::DataLossError(
      absl::StrCat("expected a row in ", std::string(TableName(table)), ", found none"));
}

}  // namespace

View::View(const Database& database) : database_(database), snapshot_(database.db().GetSnapshot()) {}
View::~View() { database_.db().ReleaseSnapshot(snapshot_); }

rocksdb::ReadOptions View::options() const {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  return options;
}

absl::StatusOr<View::Rows> View::ReadRows(Table table, std::span<const std::string> keys) const {
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database_.db().MultiGet(options(), database_.table(table), keys.size(), slices.data(), values.data(),
                          statuses.data());
  Rows rows(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    RETURN_IF_ERROR(FromRocks(statuses[i], Reading(table)));
    rows[i] = std::move(values[i]);
  }
  return rows;
}

absl::StatusOr<View::Rows> View::ReadMetadata(CollectionNumber collection,
                                              std::span<const PointId> points) const {
  ASSIGN_OR_RETURN(Rows rows, ReadRows(Table::metadata, PointKeys(collection, points)));
  for (size_t i = 0; i < points.size(); ++i) {
    if (!rows[i]) return AtPoint(MissingRow(Table::metadata), collection, points[i]);
  }
  return rows;
}

absl::StatusOr<std::vector<std::optional<PointId>>> View::FindPoints(CollectionNumber collection,
                                                                     std::span<const std::string> ids) const {
  std::vector<std::string> keys;
  for (const std::string& id : ids) keys.push_back(NameKey(collection, id));
  ASSIGN_OR_RETURN(const Rows rows, ReadRows(Table::keys, keys));
  std::vector<std::optional<PointId>> points(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!rows[i]) continue;
    const absl::StatusOr<KeyRecord> record = DecodeKey(ToView(*rows[i]));
    if (!record.ok()) return AtName(record.status(), collection, ids[i]);
    points[i] = record->point;
  }
  return points;
}

absl::StatusOr<View::Documents> View::ReadDocuments(CollectionNumber collection,
                                                    std::span<const PointId> points, ReadMask mask) const {
  const std::vector<std::string> keys = PointKeys(collection, points);
  const std::vector<Table> tables = TablesOf(mask);
  Documents documents(points.size());
  for (Table table : tables) {
    ASSIGN_OR_RETURN(const Rows rows, ReadRows(table, keys));
    for (size_t i = 0; i < points.size(); ++i) {
      if (table == tables.front() && rows[i]) documents[i].emplace().point = points[i];
      if (!documents[i]) continue;
      absl::Status added =
          rows[i] ? AddPart(table, ToView(*rows[i]), mask, documents[i]->document) : MissingRow(table);
      RETURN_IF_ERROR(AtPoint(added, collection, points[i]));
    }
  }
  return documents;
}

RangeScan::RangeScan(const View& view, Table table, std::string from, std::string to)
    : table_(table), to_(std::move(to)), upper_bound_(to_) {
  rocksdb::ReadOptions options = view.options();
  options.iterate_upper_bound = &upper_bound_;
  options.fill_cache = false;
  rocksdb::ColumnFamilyHandle* const rows = view.database().table(table);
  iterator_.reset(rows != nullptr ? view.database().db().NewIterator(options, rows)
                                  : rocksdb::NewEmptyIterator());
  iterator_->Seek(from);
}

RangeScan::RangeScan(const View& view, Table table, CollectionNumber collection)
    : RangeScan(view, table, CollectionPrefix(collection), CollectionPrefix(collection + 1)) {}

std::string_view RangeScan::key() const { return ToView(iterator_->key()); }
std::string_view RangeScan::value() const { return ToView(iterator_->value()); }
absl::Status RangeScan::status() const { return FromRocks(iterator_->status(), Reading(table_)); }

}  // namespace voisin::storage
