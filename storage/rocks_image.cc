// CollectionImage over a read-only database or over table files.
#include <algorithm>
#include <array>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "base/file_status.h"
#include "base/status_macros.h"
#include "rocksdb/cache.h"
#include "rocksdb/sst_file_reader.h"
#include "rocksdb/sst_file_writer.h"
#include "storage/rocks_logger.h"
#include "storage/rocks_options.h"
#include "storage/rocks_status.h"
#include "storage/rocks_view.h"

namespace voisin::storage {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTableBytes = 256 << 20;

rocksdb::Options FileOptions(Table table) {
  const auto cache = rocksdb::NewLRUCache(8 << 20);
  return {DatabaseOptions(MakeSilentLogger()), TableOptions(std::string(TableName(table)), cache)};
}

std::vector<Table> CopiedTables() {
  std::vector<Table> tables;
  for (int i = 1; i < kTableCount; ++i) {
    if (!IsDerived(static_cast<Table>(i))) tables.push_back(static_cast<Table>(i));
  }
  return tables;
}

// The files of one table, in the order of keys: TABLE-000001.sst, ...
class TableFiles {
 public:
  TableFiles(fs::path folder, Table table, CollectionNumber number)
      : folder_(std::move(folder)),
        table_(table),
        prefix_(CollectionPrefix(number)),
        options_(FileOptions(table)) {}

  absl::Status Put(std::string_view key, std::string_view value) {
    if (writer_ == nullptr) RETURN_IF_ERROR(Begin());
    RETURN_IF_ERROR(
        FromRocks(writer_->Put(prefix_ + std::string(key), ToSlice(value)), "writing " + names_.back()));
    return writer_->FileSize() < kMaxTableBytes ? absl::OkStatus() : Finish();
  }

  absl::Status Finish() {
    if (writer_ == nullptr) return absl::OkStatus();
    const auto status = writer_->Finish();
    writer_.reset();
    return FromRocks(status, "writing " + names_.back());
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  absl::Status Begin() {
    std::array<char, 32> number{};
    (void)std::snprintf(number.data(), number.size(), "-%06zu.sst", names_.size() + 1);
    names_.push_back(std::string(TableName(table_)) + number.data());
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options_);
    return FromRocks(writer_->Open((folder_ / names_.back()).string()), "creating " + names_.back());
  }

  const fs::path folder_;
  const Table table_;
  const std::string prefix_;
  const rocksdb::Options options_;
  std::vector<std::string> names_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
};

class Image : public CollectionImage {
 public:
  Image(CollectionRecord record, const CollectionState& state) : record_(std::move(record)), state_(state) {}

  const CollectionRecord& record() const override { return record_; }
  const CollectionState& state() const override { return state_; }

  absl::Status ForEachRow(const Visit& visit) const override {
    for (const Table table : CopiedTables()) RETURN_IF_ERROR(VisitTable(table, visit));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> WriteTables(const fs::path& to,
                                                       CollectionNumber number) const override {
    std::error_code error;
    fs::create_directories(to, error);
    if (error) return FileStatus(error.value(), "make directory " + to.string());
    std::vector<std::string> names;
    for (const Table table : CopiedTables()) {
      TableFiles files(to, table, number);
      RETURN_IF_ERROR(VisitTable(
          table, [&](Table, std::string_view key, std::string_view value) { return files.Put(key, value); }));
      RETURN_IF_ERROR(files.Finish());
      names.insert(names.end(), files.names().begin(), files.names().end());
    }
    std::ranges::sort(names);
    return names;
  }

 protected:
  using RowVisit = std::function<absl::Status(std::string_view key, std::string_view value)>;
  // Every row of the collection, keys ascending.
  virtual absl::Status ForEachRowOf(Table table, const RowVisit& visit) const = 0;

 private:
  absl::Status VisitTable(Table table, const Visit& visit) const {
    uint64_t rows = 0;
    RETURN_IF_ERROR(ForEachRowOf(table, [&](std::string_view key, std::string_view value) {
      ++rows;
      return visit(table, NameOfKey(key), value);
    }));
    if (table != Table::keys || rows == state_.count) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("expected ", state_.count, " live documents, got ", rows));
  }

  const CollectionRecord record_;
  const CollectionState state_;
};

class DatabaseImage : public Image {
 public:
  DatabaseImage(std::unique_ptr<Database> database, CollectionRecord record, const CollectionState& state)
      : Image(std::move(record), state), database_(std::move(database)) {}

 private:
  absl::Status ForEachRowOf(Table table, const RowVisit& visit) const override {
    const View view(*database_);
    RangeScan row(view, table, record().number);
    for (; row.Valid(); row.Next()) RETURN_IF_ERROR(visit(row.key(), row.value()));
    return row.status();
  }

  const std::unique_ptr<Database> database_;
};

class TablesImage : public Image {
 public:
  TablesImage(fs::path folder, CollectionRecord record, const CollectionState& state)
      : Image(std::move(record), state),
        folder_(std::move(folder)),
        prefix_(CollectionPrefix(this->record().number)) {}

 private:
  absl::Status ForEachRowOf(Table table, const RowVisit& visit) const override {
    ASSIGN_OR_RETURN(const std::vector<fs::path> files, FilesOf(table));
    for (const fs::path& file : files) RETURN_IF_ERROR(ForEachRowIn(file, table, visit));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<fs::path>> FilesOf(Table table) const {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
      if (at->path().filename().string().starts_with(std::string(TableName(table)) + "-")) {
        files.push_back(at->path());
      }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return FileStatus(error.value(), "list " + folder_.string());
    }
    std::ranges::sort(files);
    return files;
  }

  absl::Status ForEachRowIn(const fs::path& file, Table table, const RowVisit& visit) const {
    const std::string doing = "reading " + file.string();
    rocksdb::SstFileReader reader(FileOptions(table));
    RETURN_IF_ERROR(FromRocks(reader.Open(file.string()), doing));
    const std::unique_ptr<rocksdb::Iterator> row(reader.NewIterator({}));
    for (row->SeekToFirst(); row->Valid(); row->Next()) {
      if (!row->key().starts_with(prefix_)) {
        return absl::DataLossError(doing + ": expected rows of one collection, got another's");
      }
      RETURN_IF_ERROR(visit(ToView(row->key()), ToView(row->value())));
    }
    return FromRocks(row->status(), doing);
  }

  const fs::path folder_;
  const std::string prefix_;
};

// The record of a collection in the table of all.
absl::StatusOr<std::string> ReadMeta(const Database& database, const std::string& key) {
  std::string bytes;
  const auto status = database.db().Get({}, database.table(Table::meta), key, &bytes);
  RETURN_IF_ERROR(FromRocks(status, "reading what the checkpoint says of the collection"));
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CollectionImage>> CollectionImage::OpenDatabase(const fs::path& directory,
                                                                               CollectionNumber number) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::OpenReadOnly(directory));
  ASSIGN_OR_RETURN(const std::string record_bytes, ReadMeta(*database, CollectionKey(number)));
  ASSIGN_OR_RETURN(const std::string state_bytes, ReadMeta(*database, StateKey(number)));
  ASSIGN_OR_RETURN(CollectionRecord record, DecodeCollection(record_bytes));
  ASSIGN_OR_RETURN(const CollectionState state, DecodeState(state_bytes));
  record.number = number;
  return std::make_unique<DatabaseImage>(std::move(database), std::move(record), state);
}

std::unique_ptr<CollectionImage> CollectionImage::OpenTables(fs::path folder, CollectionRecord record,
                                                             const CollectionState& state) {
  return std::make_unique<TablesImage>(std::move(folder), std::move(record), state);
}

}  // namespace voisin::storage
