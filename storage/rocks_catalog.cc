#include "storage/rocks_catalog.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

absl::Status NoSuchCollection(CollectionNumber number) {
  return absl::NotFoundError(absl::StrCat("no collection has the number ", number));
}

void PutState(const Database& database, CollectionNumber number, const CollectionState& state,
              rocksdb::WriteBatch& batch) {
  batch.Put(database.table(Table::meta), StateKey(number), EncodeState(state));
}

void RemoveRows(const Database& database, CollectionNumber number, rocksdb::WriteBatch& batch) {
  for (int i = 1; i < kTableCount; ++i) {
    batch.DeleteRange(database.table(static_cast<Table>(i)), CollectionPrefix(number),
                      CollectionPrefix(number + 1));
  }
}

void PutCollection(const Database& database, const CollectionRecord& record, const CollectionState& state,
                   rocksdb::WriteBatch& batch) {
  batch.Put(database.table(Table::meta), CollectionKey(record.number), EncodeCollection(record));
  PutState(database, record.number, state, batch);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Catalog>> Catalog::Load(Database& database) {
  std::unique_ptr<Catalog> catalog(new Catalog(database));
  RETURN_IF_ERROR(catalog->LoadNextNumber());
  RETURN_IF_ERROR(catalog->LoadCollections());
  RETURN_IF_ERROR(catalog->AbandonRestores());
  return catalog;
}

absl::Status Catalog::LoadNextNumber() {
  MutexLock lock(database_.writing());
  std::string bytes;
  const auto status = database_.db().Get({}, database_.table(Table::meta), ToSlice(kNextNumberKey), &bytes);
  if (status.IsNotFound()) return absl::OkStatus();
  RETURN_IF_ERROR(FromRocks(status, "reading the next collection number"));
  const auto number = DecodeNumber(bytes);
  if (!number) return absl::DataLossError("next collection number: expected 4 bytes, got another size");
  next_number_ = *number;
  return absl::OkStatus();
}

absl::Status Catalog::LoadCollections() {
  std::unique_ptr<rocksdb::Iterator> row(database_.db().NewIterator({}, database_.table(Table::meta)));
  for (row->Seek("c"); row->Valid() && row->key().starts_with("c"); row->Next()) {
    const auto number = CollectionOfKey(ToView(row->key()), 'c');
    if (!number) return absl::DataLossError("collection record: expected a key of 5 bytes, got another size");
    RETURN_IF_ERROR(LoadCollection(*number, ToView(row->value())));
  }
  return FromRocks(row->status(), "reading the collections");
}

absl::Status Catalog::LoadCollection(CollectionNumber number, std::string_view bytes) {
  absl::StatusOr<CollectionRecord> record = DecodeCollection(bytes);
  if (!record.ok()) {
    return absl::DataLossError(absl::StrCat("collection ", number, ": ", record.status().message()));
  }
  record->number = number;
  ASSIGN_OR_RETURN(const CollectionState state, ReadState(number));
  MutexLock lock(mutex_);
  collections_[number] = {*std::move(record), state};
  return absl::OkStatus();
}

absl::StatusOr<CollectionState> Catalog::ReadState(CollectionNumber number) const {
  std::string bytes;
  const auto status = database_.db().Get({}, database_.table(Table::meta), StateKey(number), &bytes);
  if (status.IsNotFound())
    return absl::DataLossError(absl::StrCat("collection ", number, " has no state record"));
  RETURN_IF_ERROR(FromRocks(status, absl::StrCat("reading the state of collection ", number)));
  absl::StatusOr<CollectionState> state = DecodeState(bytes);
  if (state.ok()) return state;
  return absl::DataLossError(absl::StrCat("state of collection ", number, ": ", state.status().message()));
}

absl::Status Catalog::CheckIdIsFree(const std::string& id) const {
  MutexLock lock(mutex_);
  for (const auto& [number, collection] : collections_) {
    if (collection.record.id != id) continue;
    return absl::AlreadyExistsError(absl::StrCat("collection \"", id, "\" exists already"));
  }
  return absl::OkStatus();
}

absl::StatusOr<CollectionNumber> Catalog::TakeNumber(rocksdb::WriteBatch& batch) const {
  if (next_number_ == std::numeric_limits<CollectionNumber>::max()) {
    return absl::ResourceExhaustedError("every collection number has been used");
  }
  batch.Put(database_.table(Table::meta), ToSlice(kNextNumberKey), EncodeNumber(next_number_ + 1));
  return next_number_;
}

absl::StatusOr<CollectionRecord> Catalog::Create(CollectionRecord record) {
  MutexLock writing(database_.writing());
  RETURN_IF_ERROR(CheckIdIsFree(record.id));
  rocksdb::WriteBatch batch;
  ASSIGN_OR_RETURN(record.number, TakeNumber(batch));
  PutCollection(database_, record, {}, batch);
  RETURN_IF_ERROR(database_.WriteSynced(batch));
  ++next_number_;
  MutexLock lock(mutex_);
  collections_[record.number] = {record, {}};
  return record;
}

absl::StatusOr<CollectionNumber> Catalog::BeginRestore(const std::string& id) {
  MutexLock writing(database_.writing());
  RETURN_IF_ERROR(CheckIdIsFree(id));
  rocksdb::WriteBatch batch;
  ASSIGN_OR_RETURN(const CollectionNumber number, TakeNumber(batch));
  batch.Put(database_.table(Table::meta), RestoreKey(number), rocksdb::Slice());
  RETURN_IF_ERROR(database_.WriteSynced(batch));
  ++next_number_;
  return number;
}

absl::Status Catalog::FinishRestore(const CollectionRecord& record, const CollectionState& state) {
  MutexLock writing(database_.writing());
  RETURN_IF_ERROR(CheckIdIsFree(record.id));
  rocksdb::WriteBatch batch;
  PutCollection(database_, record, state, batch);
  batch.Delete(database_.table(Table::meta), RestoreKey(record.number));
  RETURN_IF_ERROR(database_.WriteSynced(batch));
  MutexLock lock(mutex_);
  collections_[record.number] = {record, state};
  return absl::OkStatus();
}

absl::Status Catalog::AbandonRestore(CollectionNumber number) {
  MutexLock writing(database_.writing());
  rocksdb::WriteBatch batch;
  RemoveRows(database_, number, batch);
  batch.Delete(database_.table(Table::meta), RestoreKey(number));
  return database_.WriteSoon(batch);
}

// What a crash cut off.
absl::Status Catalog::AbandonRestores() {
  std::vector<CollectionNumber> numbers;
  std::unique_ptr<rocksdb::Iterator> row(database_.db().NewIterator({}, database_.table(Table::meta)));
  for (row->Seek("r"); row->Valid() && row->key().starts_with("r"); row->Next()) {
    const auto number = CollectionOfKey(ToView(row->key()), 'r');
    if (!number) return absl::DataLossError("restore marker: expected a key of 5 bytes, got another size");
    numbers.push_back(*number);
  }
  RETURN_IF_ERROR(FromRocks(row->status(), "reading the restores that a stop cut off"));
  for (const CollectionNumber number : numbers) RETURN_IF_ERROR(AbandonRestore(number));
  return absl::OkStatus();
}

absl::Status Catalog::Update(const CollectionRecord& record) {
  MutexLock writing(database_.writing());
  RETURN_IF_ERROR(State(record.number).status());
  rocksdb::WriteBatch batch;
  batch.Put(database_.table(Table::meta), CollectionKey(record.number), EncodeCollection(record));
  RETURN_IF_ERROR(database_.WriteSynced(batch));
  MutexLock lock(mutex_);
  collections_[record.number].record = record;
  return absl::OkStatus();
}

absl::Status Catalog::Delete(CollectionNumber number) {
  MutexLock writing(database_.writing());
  RETURN_IF_ERROR(State(number).status());
  rocksdb::WriteBatch batch;
  batch.Delete(database_.table(Table::meta), CollectionKey(number));
  batch.Delete(database_.table(Table::meta), StateKey(number));
  RemoveRows(database_, number, batch);
  RETURN_IF_ERROR(database_.WriteSynced(batch));
  MutexLock lock(mutex_);
  collections_.erase(number);
  return absl::OkStatus();
}

std::vector<CollectionRecord> Catalog::List() const {
  MutexLock lock(mutex_);
  std::vector<CollectionRecord> records;
  for (const auto& [number, collection] : collections_) records.push_back(collection.record);
  return records;
}

absl::Status Catalog::Trim(CollectionNumber number, Lsn through) {
  MutexLock writing(database_.writing());
  ASSIGN_OR_RETURN(CollectionState state, State(number));
  through = std::min(through, state.last_lsn);
  if (through <= state.trimmed) return absl::OkStatus();
  rocksdb::WriteBatch batch;
  batch.DeleteRange(database_.table(Table::changes), PointKey(number, state.trimmed),
                    PointKey(number, through + 1));
  state.trimmed = through;
  PutState(database_, number, state, batch);
  // Before the write: a reader that misses the changes must know that they are forgotten.
  Publish({{number, state}});
  return database_.WriteSoon(batch);
}

absl::StatusOr<CollectionState> Catalog::State(CollectionNumber number) const {
  MutexLock lock(mutex_);
  const auto found = collections_.find(number);
  if (found == collections_.end()) return NoSuchCollection(number);
  return found->second.state;
}

void Catalog::Publish(const std::map<CollectionNumber, CollectionState>& states) {
  MutexLock lock(mutex_);
  for (const auto& [number, state] : states) collections_[number].state = state;
}

}  // namespace voisin::storage
