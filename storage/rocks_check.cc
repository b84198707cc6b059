// CheckStore: one scan of each table, ids and points compared by way of the keys.
#include <map>
#include <unordered_map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "storage/posting_key.h"
#include "storage/posting_record.h"
#include "storage/rocks_lock.h"
#include "storage/rocks_status.h"
#include "storage/rocks_upgrade.h"
#include "storage/rocks_view.h"
#include "storage/store_check.h"

namespace voisin::storage {
namespace {

constexpr size_t kKeptProblems = 20;

// A document that lives, as the keys say.
struct Living {
  uint64_t id = 0;  // its checksum
  int64_t expire_us = 0;
  uint64_t filed = 0;  // checksums of the terms that its metadata ask for, less those that it is filed under
};

struct Known {
  CheckedCollection collection;
  RowShape shape;
  std::unordered_map<PointId, Living> living;
  uint64_t expiring = 0;  // of them
  Lsn next_change = 0;    // where the log must go on
  std::map<Table, uint64_t> rows;
};

std::string Message(const absl::Status& status) { return std::string(status.message()); }

// One pass over all tables. A row's problem is told as "collection 3, point 17: ...".
class Checker {
 public:
  Checker(const Database& database, const ShapeOf& shape_of)
      : database_(database), view_(database), shape_of_(shape_of), has_postings_(HasPostings(database)) {}

  CheckedStore Run() {
    CheckFiles();
    CheckCollections();
    for (const Table table : {Table::keys, Table::documents, Table::metadata, Table::vectors, Table::terms,
                              Table::changes, Table::requests, Table::expiry, Table::postings}) {
      CheckTable(table);
    }
    for (auto& [number, known] : known_) store_.collections.push_back(std::move(known.collection));
    return std::move(store_);
  }

 private:
  CheckedPart& Begin(std::string_view name) {
    store_.parts.push_back({std::string(name), 0, {}, 0});
    return store_.parts.back();
  }

  void CheckFiles() {
    CheckedPart& part = Begin("database");
    std::vector<rocksdb::LiveFileMetaData> files;
    database_.db().GetLiveFilesMetaData(&files);
    part.checked = files.size();
    const absl::Status status = FromRocks(database_.db().VerifyChecksum(), "reading all tables");
    if (!status.ok()) part.Add(Message(status));
  }

  void CheckCollections() {
    CheckedPart& part = Begin("collections");
    RangeScan row(view_, Table::meta, "c", "d");
    for (; row.Valid(); row.Next(), ++part.checked) {
      if (absl::Status status = AddCollection(row.key(), row.value()); !status.ok())
        part.Add(Message(status));
    }
    if (!row.status().ok()) part.Add(Message(row.status()));
  }

  absl::Status AddCollection(std::string_view key, std::string_view value) {
    const auto number = CollectionOfKey(key, 'c');
    if (!number) return absl::DataLossError("expected a key of 5 bytes, got another size");
    Known& known = known_[*number];
    const std::string where = absl::StrCat("collection ", *number, ": ");
    absl::StatusOr<CollectionRecord> record = DecodeCollection(value);
    if (!record.ok()) return absl::DataLossError(where + Message(record.status()));
    record->number = *number;
    std::string bytes;
    const auto read =
        database_.db().Get(view_.options(), database_.table(Table::meta), StateKey(*number), &bytes);
    const absl::StatusOr<CollectionState> state =
        read.ok() ? DecodeState(bytes) : FromRocks(read, "reading its state");
    if (!state.ok()) return absl::DataLossError(where + Message(state.status()));
    known.collection = {*record, *state};
    known.next_change = state->trimmed + 1;
    const absl::StatusOr<RowShape> shape = shape_of_(*record);
    if (!shape.ok()) return absl::DataLossError(where + Message(shape.status()));
    known.shape = *shape;
    return absl::OkStatus();
  }

  void CheckTable(Table table) {
    CheckedPart& part = Begin(TableName(table));
    RangeScan row(view_, table, "", std::string(8, '\xff'));
    for (; row.Valid(); row.Next(), ++part.checked) {
      absl::Status status = CheckRow(table, row.key(), row.value());
      if (!status.ok()) part.Add(Message(status));
    }
    if (!row.status().ok()) part.Add(Message(row.status()));
    for (auto& [number, known] : known_) CheckWhole(table, number, known, part);
  }

  absl::Status CheckRow(Table table, std::string_view key, std::string_view value) {
    const auto number = DecodeNumber(key.substr(0, 4));
    if (!number) return absl::DataLossError("a key is too short for a collection");
    const auto found = known_.find(*number);
    if (found == known_.end()) {
      return absl::DataLossError(absl::StrCat("collection ", *number, ": a row of no collection"));
    }
    Known& known = found->second;
    ++known.rows[table];
    if (table == Table::postings) return CheckPosting(key, value, known);
    if (table == Table::keys) return AtName(CheckKey(value, NameOfKey(key), known), *number, NameOfKey(key));
    if (table == Table::requests) return AtName(CheckRequest(value, known), *number, NameOfKey(key));
    const auto point = PointOfKey(key);
    if (!point) return absl::DataLossError(absl::StrCat("collection ", *number, ": a key is too short"));
    return AtPoint(CheckPoint(table, *point, key, value, known), *number, *point);
  }

  static absl::Status CheckPoint(Table table, PointId point, std::string_view key, std::string_view value,
                                 Known& known) {
    switch (table) {
      case Table::documents: {
        ASSIGN_OR_RETURN(const DocumentRecord record, DecodeDocument(value));
        return CheckLiving(point, record.id, record.expire_time_us, known);
      }
      case Table::metadata: {
        ASSIGN_OR_RETURN(const MetadataRecord record, DecodeMetadata(value));
        if (const auto living = known.living.find(point); living != known.living.end()) {
          for (const std::string& term : TermsOf(record.metadata)) living->second.filed += Checksum(term);
        }
        return CheckLiving(point, record.id, record.expire_time_us, known);
      }
      case Table::vectors:
        return CheckVector(point, value, known);
      case Table::terms:
        RETURN_IF_ERROR(DecodeTerms(value).status());
        return known.living.contains(point) ? absl::OkStatus() : absl::DataLossError("no id leads to it");
      case Table::changes:
        return CheckChange(point, value, known);
      case Table::expiry: {
        ASSIGN_OR_RETURN(const std::string id, DecodeExpiry(value));
        const auto living = known.living.find(point);
        const int64_t expire_us = living == known.living.end() ? 0 : living->second.expire_us;
        if (key != ExpiryKey(known.collection.record.number, expire_us, point)) {
          return absl::DataLossError("it does not expire at this time");
        }
        return CheckLiving(point, id, expire_us, known);
      }
      case Table::meta:
      case Table::keys:
      case Table::requests:
      case Table::postings:
        break;
    }
    return absl::OkStatus();
  }

  static absl::Status CheckKey(std::string_view value, std::string_view id, Known& known) {
    ASSIGN_OR_RETURN(const KeyRecord record, DecodeKey(value));
    if (record.point == 0 || record.point > known.collection.state.last_lsn) {
      return absl::DataLossError(absl::StrCat("expected a point from 1 to the last lsn ",
                                              known.collection.state.last_lsn, ", got ", record.point));
    }
    if (record.expire_time_us != 0) ++known.expiring;
    const bool added = known.living.emplace(record.point, Living{Checksum(id), record.expire_time_us}).second;
    if (added) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("point ", record.point, " lives under two ids"));
  }

  static absl::Status CheckLiving(PointId point, std::string_view id, int64_t expire_us, const Known& known) {
    const auto living = known.living.find(point);
    if (living == known.living.end()) return absl::DataLossError("no id leads to it");
    if (living->second.id != Checksum(id)) {
      return absl::DataLossError(absl::StrCat("it says id \"", absl::CHexEscape({id.data(), id.size()}),
                                              "\", but another id leads to it"));
    }
    if (living->second.expire_us == expire_us) return absl::OkStatus();
    return absl::DataLossError("it does not expire when its key says");
  }

  static absl::Status CheckVector(PointId point, std::string_view value, const Known& known) {
    ASSIGN_OR_RETURN(const std::vector<float> vector, DecodeVector(value));
    if (!known.living.contains(point)) return absl::DataLossError("no id leads to it");
    if (vector.size() == known.shape.dimensions) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat("expected ", known.shape.dimensions, " dimensions, got ", vector.size()));
  }

  // The log goes on without a hole, and no point that it removed lives.
  static absl::Status CheckChange(Lsn lsn, std::string_view value, Known& known) {
    ASSIGN_OR_RETURN(const Change change, DecodeChange(value));
    const Lsn first = change.upserted > 0 ? change.first_point : lsn;
    const Lsn expected = std::exchange(known.next_change, lsn + 1);
    if (first != expected) {
      return absl::DataLossError(absl::StrCat("expected change ", expected, ", got ", first));
    }
    for (const PointId removed : change.removed) {
      if (known.living.contains(removed)) {
        return absl::DataLossError(absl::StrCat("it removed point ", removed, ", which lives"));
      }
    }
    return absl::OkStatus();
  }

  static absl::Status CheckPosting(std::string_view key, std::string_view value, Known& known) {
    const auto damaged = [&](std::string_view what) {
      return absl::DataLossError(
          absl::StrCat("collection ", known.collection.record.number, ": ", std::string(what)));
    };
    const auto parts = SplitPostingKey(key);
    if (!parts) return damaged("a key is too short");
    const absl::StatusOr<PostingRecord> record = DecodePosting(value);
    if (!record.ok()) return damaged(Message(record.status()));
    const uint64_t checksum = Checksum(parts->term);
    for (const uint16_t low : record->added) {
      const PointId point = parts->chunk << kChunkBits | low;
      const auto living = known.living.find(point);
      if (living == known.living.end()) {
        return damaged(absl::StrCat("a posting names point ", point, ", which does not live"));
      }
      living->second.filed -= checksum;
    }
    return absl::OkStatus();
  }

  static absl::Status CheckRequest(std::string_view value, const Known& known) {
    ASSIGN_OR_RETURN(const RequestRecord record, DecodeRequest(value));
    if (record.lsn <= known.collection.state.last_lsn) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat("expected an lsn up to ", known.collection.state.last_lsn, ", got ", record.lsn));
  }

  // What a table must hold in all.
  void CheckWhole(Table table, CollectionNumber number, Known& known, CheckedPart& part) const {
    const CollectionState& state = known.collection.state;
    const auto expect = [&](std::string_view what, uint64_t expected, uint64_t got) {
      if (expected == got) return;
      part.Add(absl::StrCat("collection ", number, ": expected ", std::string(what), " ", expected, ", got ",
                            got));
    };
    if (table == Table::keys) expect("a count of", state.count, known.rows[table]);
    if (table == Table::documents || table == Table::metadata || table == Table::vectors) {
      expect("a count of", known.living.size(), known.rows[table]);
    }
    if (table == Table::terms && known.shape.terms)
      expect("a count of", known.living.size(), known.rows[table]);
    if (table == Table::expiry) expect("a count of", known.expiring, known.rows[table]);
    for (const auto& [point, living] : known.living) {
      if (table != Table::postings || living.filed == 0 || !has_postings_) continue;
      part.Add(
          absl::StrCat("collection ", number, ", point ", point, ": it is not filed as its metadata say"));
    }
    if (table == Table::changes) expect("changes up to", state.last_lsn, known.next_change - 1);
  }

  const Database& database_;
  const View view_;
  const ShapeOf& shape_of_;
  const bool has_postings_;  // those of a database of format 1 are written at its next start
  CheckedStore store_;
  std::map<CollectionNumber, Known> known_;
};

}  // namespace

void CheckedPart::Add(std::string problem) {
  ++problem_count;
  if (problems.size() < kKeptProblems) problems.push_back(std::move(problem));
}

absl::StatusOr<CheckedStore> CheckStore(const std::filesystem::path& directory, const ShapeOf& shape_of) {
  ASSIGN_OR_RETURN(const StoreLock lock, StoreLock::Take(directory));
  const absl::StatusOr<std::unique_ptr<Database>> database = Database::OpenReadOnly(directory);
  if (database.ok()) return Checker(**database, shape_of).Run();
  if (!absl::IsDataLoss(database.status()) && !absl::IsInternal(database.status())) return database.status();
  CheckedStore damaged;
  damaged.parts.push_back({"database", 0, {}, 0});
  damaged.parts.back().Add(Message(database.status()));
  return damaged;
}

}  // namespace voisin::storage
