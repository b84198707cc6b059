#include "storage/rocks_postings.h"

#include <algorithm>
#include <deque>

#include "base/status_macros.h"
#include "storage/posting_record.h"
#include "storage/record.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

// Whether additions met their removals or not, whatever RocksDB has at hand of a row is one record.
class PostingMerge : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::vector<std::string_view> records;
    if (in.existing_value != nullptr) records.push_back(ToView(*in.existing_value));
    for (const rocksdb::Slice& operand : in.operand_list) records.push_back(ToView(operand));
    return Join(records, true, out->new_value);
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands,
                         std::string* new_value, rocksdb::Logger*) const override {
    std::vector<std::string_view> records;
    for (const rocksdb::Slice& operand : operands) records.push_back(ToView(operand));
    return Join(records, false, *new_value);
  }

  const char* Name() const override { return "voisin.postings"; }

 private:
  // False tells RocksDB that the row is damaged.
  static bool Join(std::span<const std::string_view> records, bool whole, std::string& joined) {
    const absl::StatusOr<PostingRecord> record = JoinPostings(records, whole);
    if (record.ok()) joined = EncodePosting(*record);
    return record.ok();
  }
};

class DropEmpty : public rocksdb::CompactionFilter {
 public:
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    return ToView(value) == empty_;
  }
  const char* Name() const override { return "voisin.empty_postings"; }

 private:
  const std::string empty_ = EncodePosting({});
};

// The records of the chunks that the points lie in.
std::map<uint64_t, PostingRecord> RecordsOf(const PostingChanges::Points& points) {
  std::map<uint64_t, PostingRecord> records;
  const auto chunk = [](PointId point) { return point >> kChunkBits; };
  for (const PointId point : points.added)
    records[chunk(point)].added.push_back(static_cast<uint16_t>(point));
  for (const PointId point : points.removed)
    records[chunk(point)].removed.push_back(static_cast<uint16_t>(point));
  return records;
}

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> MakePostingMerge() { return std::make_shared<PostingMerge>(); }

const rocksdb::CompactionFilter* EmptyPostingFilter() {
  static const DropEmpty filter;
  return &filter;
}

absl::Status AddMetadataRow(std::string_view key, std::string_view value, PostingChanges& changes) {
  const auto collection = DecodeNumber(key.substr(0, sizeof(CollectionNumber)));
  const auto point = PointOfKey(key);
  if (!collection || !point) {
    return absl::DataLossError("metadata: expected a key of 12 bytes, got another size");
  }
  const absl::StatusOr<MetadataRecord> record = DecodeMetadata(value);
  if (!record.ok()) return AtPoint(record.status(), *collection, *point);
  changes.Add(*collection, *point, record->metadata);
  return absl::OkStatus();
}

absl::Status WritePostings(const Database& database, const PostingChanges& changes,
                           rocksdb::WriteBatch& batch) {
  for (const auto& [term, points] : changes.by_term()) {
    for (auto& [chunk, record] : RecordsOf(points)) {
      std::ranges::sort(record.added);
      std::ranges::sort(record.removed);
      const auto merged =
          batch.Merge(database.table(Table::postings), PostingKey(term, chunk), EncodePosting(record));
      RETURN_IF_ERROR(FromRocks(merged, "preparing a write"));
    }
  }
  return absl::OkStatus();
}

}  // namespace voisin::storage
