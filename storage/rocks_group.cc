#include "storage/rocks_group.h"

#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rocks_postings.h"
#include "storage/rocks_status.h"
#include "storage/value_codec.h"

namespace voisin::storage {
namespace {

constexpr size_t kMaxIdBytes = 512;

template <class Record>
using Rows = std::unordered_map<std::string, absl::StatusOr<std::optional<Record>>>;

// Fills in every row of `rows` from one table.
template <class Record>
void ReadRows(const Database& database, Table table, absl::StatusOr<Record> (*decode)(std::string_view),
              Rows<Record>& rows) {
  std::vector<rocksdb::Slice> keys;
  for (const auto& [key, row] : rows) keys.push_back(ToSlice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database.db().MultiGet({}, database.table(table), keys.size(), keys.data(), values.data(), statuses.data());
  size_t i = 0;
  for (auto& [key, row] : rows) {
    const rocksdb::Status& status = statuses[i];
    const rocksdb::PinnableSlice& value = values[i++];
    if (status.IsNotFound()) continue;
    row = status.ok() ? absl::StatusOr<std::optional<Record>>(decode(ToView(value)))
                      : FromRocks(status, "reading a row");
  }
}

absl::Status CheckId(std::string_view id) {
  if (!id.empty() && id.size() <= kMaxIdBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("document id: expected 1 to ", kMaxIdBytes, " bytes, got ", id.size()));
}

absl::Status CheckUpserts(const std::vector<Document>& upserts) {
  std::unordered_set<std::string_view> seen;
  for (const Document& document : upserts) {
    RETURN_IF_ERROR(CheckId(document.id));
    RETURN_IF_ERROR(CheckDepth(document.metadata));
    RETURN_IF_ERROR(CheckTerms(document.terms));
    if (seen.insert(document.id).second) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("document id \"", document.id, "\": expected once, got twice"));
  }
  return absl::OkStatus();
}

// Upserts take a point each, and every entry takes at least one number.
Lsn NumbersOf(const Entry& entry) { return std::max<Lsn>(entry.upserts.size(), 1); }

}  // namespace

Group::Group(const Database& database, const Catalog& catalog, int64_t now_us)
    : database_(database), catalog_(catalog), now_us_(now_us) {}

void Group::Load(std::span<const Entry* const> entries) {
  for (const Entry* entry : entries) {
    for (const Document& document : entry->upserts)
      keys_[NameKey(entry->collection, document.id)] = std::nullopt;
    for (const Deletion& deletion : entry->deletions)
      keys_[NameKey(entry->collection, deletion.id)] = std::nullopt;
    if (!entry->request_id.empty()) requests_[NameKey(entry->collection, entry->request_id)] = std::nullopt;
  }
  ReadRows(database_, Table::keys, DecodeKey, keys_);
  ReadRows(database_, Table::requests, DecodeRequest, requests_);
  for (const auto& [key, row] : keys_) {
    if (!row.ok() || !row->has_value()) continue;
    metadata_[PointKey(*DecodeNumber(key.substr(0, sizeof(CollectionNumber))), (*row)->point)] = std::nullopt;
  }
  ReadRows(database_, Table::metadata, DecodeMetadata, metadata_);
}

absl::StatusOr<CollectionState*> Group::StateOf(CollectionNumber collection) {
  if (const auto found = states_.find(collection); found != states_.end()) return &found->second;
  ASSIGN_OR_RETURN(const CollectionState state, catalog_.State(collection));
  return &states_.emplace(collection, state).first->second;
}

absl::Status Group::Check(const Entry& entry) const {
  RETURN_IF_ERROR(CheckUpserts(entry.upserts));
  for (const Document& document : entry.upserts) RETURN_IF_ERROR(CheckRow(entry.collection, document.id));
  for (const Deletion& deletion : entry.deletions) RETURN_IF_ERROR(CheckRow(entry.collection, deletion.id));
  return absl::OkStatus();
}

// Whether it is known what lives under this id, and what that is filed under.
absl::Status Group::CheckRow(CollectionNumber collection, const std::string& id) const {
  const auto& row = keys_.at(NameKey(collection, id));
  if (!row.ok()) return AtName(row.status(), collection, id);
  if (!row->has_value()) return absl::OkStatus();
  const auto metadata = metadata_.find(PointKey(collection, (*row)->point));
  const absl::Status read = metadata == metadata_.end() ? absl::OkStatus() : metadata->second.status();
  return absl::IsDataLoss(read) ? absl::OkStatus() : AtName(read, collection, id);  // see RemovePostings
}

absl::StatusOr<std::optional<Applied>> Group::Replay(const Entry& entry) const {
  if (entry.request_id.empty()) return std::nullopt;
  const auto& row = requests_.at(NameKey(entry.collection, entry.request_id));
  if (!row.ok()) return AtName(row.status(), entry.collection, entry.request_id);
  return row->has_value() ? AnswerAgain(**row, now_us_) : std::nullopt;
}

absl::StatusOr<Applied> Group::Apply(const Entry& entry) {
  ASSIGN_OR_RETURN(CollectionState* const state, StateOf(entry.collection));
  ASSIGN_OR_RETURN(std::optional<Applied> first, Replay(entry));
  if (first) return *std::move(first);
  RETURN_IF_ERROR(Check(entry));

  Applied applied;
  applied.lsn = state->last_lsn + NumbersOf(entry);
  applied.first_point = state->last_lsn + 1;
  applied.remark = entry.remark;
  for (const Deletion& deletion : entry.deletions)
    applied.deleted += Delete(deletion, entry.collection, applied);
  for (const Document& document : entry.upserts) {
    Upsert(document, applied.first_point + applied.upserted++, entry.collection, applied);
  }
  LogChange(entry, applied);
  state->last_lsn = applied.lsn;
  state->count += applied.upserted;
  state->count -= applied.removed.size();
  return applied;
}

bool Group::Delete(const Deletion& deletion, CollectionNumber collection, Applied& applied) {
  const std::string key = NameKey(collection, deletion.id);
  std::optional<KeyRecord>& lives = *keys_.at(key);
  if (!lives || (deletion.only_version && *deletion.only_version != lives->point)) return false;
  Remove(collection, *lives, applied);
  Erase(Table::keys, key);
  lives.reset();
  return true;
}

void Group::Upsert(const Document& document, PointId point, CollectionNumber collection, Applied& applied) {
  const std::string key = NameKey(collection, document.id);
  const std::string point_key = PointKey(collection, point);
  std::optional<KeyRecord>& lives = *keys_.at(key);
  if (lives) Remove(collection, *lives, applied);
  lives = KeyRecord{.point = point, .expire_time_us = document.expire_time_us};
  Put(Table::keys, key, EncodeKey(*lives));
  Put(Table::documents, point_key, EncodeDocument(document));
  Put(Table::metadata, point_key, EncodeMetadata(document));
  Put(Table::vectors, point_key, EncodeVector(document.vector));
  Put(Table::terms, point_key, EncodeTerms(document.terms));
  postings_->Add(collection, point, document.metadata);
  written_[point_key] = &document.metadata;
  if (document.expire_time_us == 0) return;
  Put(Table::expiry, ExpiryKey(collection, document.expire_time_us, point), EncodeExpiry(document.id));
}

void Group::Remove(CollectionNumber collection, const KeyRecord& version, Applied& applied) {
  const std::string point_key = PointKey(collection, version.point);
  RemovePostings(collection, version.point, point_key);
  for (Table table : {Table::documents, Table::metadata, Table::vectors, Table::terms})
    Erase(table, point_key);
  if (version.expire_time_us != 0) {
    Erase(Table::expiry, ExpiryKey(collection, version.expire_time_us, version.point));
  }
  applied.removed.push_back(version.point);
}

// A damaged or missing metadata row must not keep its document for ever: what it was filed under stays then, and
// is left out of every answer, since it does not live.
void Group::RemovePostings(CollectionNumber collection, PointId point, const std::string& point_key) {
  if (const auto written = written_.find(point_key); written != written_.end()) {
    return postings_->Remove(collection, point, *written->second);
  }
  const auto& row = metadata_.at(point_key);
  postings_->Remove(collection, point, row.ok() && row->has_value() ? (*row)->metadata : Object());
}

void Group::LogChange(const Entry& entry, const Applied& applied) {
  const Change change{.lsn = applied.lsn,
                      .first_point = applied.first_point,
                      .upserted = applied.upserted,
                      .removed = applied.removed};
  Put(Table::changes, PointKey(entry.collection, applied.lsn), EncodeChange(change));
  if (entry.request_id.empty()) return;
  const RequestRecord answer{.lsn = applied.lsn,
                             .first_point = applied.first_point,
                             .upserted = applied.upserted,
                             .deleted = applied.deleted,
                             .remark = applied.remark,
                             .time_us = now_us_};
  const std::string key = NameKey(entry.collection, entry.request_id);
  requests_.at(key) = answer;
  Put(Table::requests, key, EncodeRequest(answer));
}

absl::Status Group::Close() {
  for (const auto& [collection, state] : states_) Put(Table::meta, StateKey(collection), EncodeState(state));
  RETURN_IF_ERROR(FromRocks(put_status_, "preparing a write"));
  return WritePostings(database_, *postings_, batch_);
}

void Group::Put(Table table, const std::string& key, const std::string& value) {
  const rocksdb::Status status = batch_.Put(database_.table(table), key, value);
  if (put_status_.ok()) put_status_ = status;
}

void Group::Erase(Table table, const std::string& key) {
  const rocksdb::Status status = batch_.Delete(database_.table(table), key);
  if (put_status_.ok()) put_status_ = status;
}

std::optional<Applied> AnswerAgain(const RequestRecord& first, int64_t now_us) {
  if (first.time_us < now_us - kRequestLifeUs) return std::nullopt;
  return Applied{.lsn = first.lsn,
                 .first_point = first.first_point,
                 .upserted = first.upserted,
                 .deleted = first.deleted,
                 .remark = first.remark,
                 .removed = {},
                 .replayed = true};
}

}  // namespace voisin::storage
