#include "storage/rocks_match.h"

#include <algorithm>

#include "base/status_macros.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

constexpr size_t kMinChunk = 64;
constexpr size_t kMaxChunk = 1024;

struct Named {
  std::string id;
  PointId point = 0;
};

// The next rows of `row`, at most `count`.
absl::StatusOr<std::vector<Named>> NextNamed(RangeScan& row, CollectionNumber collection, size_t count) {
  std::vector<Named> chunk;
  for (; chunk.size() < count && row.Valid(); row.Next()) {
    const std::string_view id = NameOfKey(row.key());
    const absl::StatusOr<KeyRecord> record = DecodeKey(row.value());
    if (!record.ok()) return AtName(record.status(), collection, id);
    chunk.push_back({std::string(id), record->point});
  }
  RETURN_IF_ERROR(row.status());
  return chunk;
}

std::vector<PointId> PointsOf(std::span<const Named> chunk) {
  std::vector<PointId> points;
  for (const Named& named : chunk) points.push_back(named.point);
  return points;
}

absl::StatusOr<bool> RowMatches(std::string_view bytes, const Filter& filter) {
  ASSIGN_OR_RETURN(const MetadataRecord record, DecodeMetadataFields(bytes, filter.fields()));
  return filter.Matches(record.metadata);
}

// Leaves those of the chunk that match.
absl::Status Select(const View& view, CollectionNumber collection, const Filter& filter,
                    std::vector<Named>& chunk) {
  if (filter.matches_everything()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const View::Rows rows, view.ReadMetadata(collection, PointsOf(chunk)));
  std::vector<Named> matching;
  for (size_t i = 0; i < chunk.size(); ++i) {
    const absl::StatusOr<bool> matches = RowMatches(ToView(*rows[i]), filter);
    if (!matches.ok()) return AtPoint(matches.status(), collection, chunk[i].point);
    if (*matches) matching.push_back(std::move(chunk[i]));
  }
  chunk = std::move(matching);
  return absl::OkStatus();
}

absl::Status FillPage(const View& view, CollectionNumber collection, std::span<const Named> chosen,
                      ReadMask mask, ListPage& page) {
  const std::vector<PointId> points = PointsOf(chosen);
  ASSIGN_OR_RETURN(View::Documents documents, view.ReadDocuments(collection, points, mask));
  for (size_t i = 0; i < points.size(); ++i) {
    if (!documents[i])
      return AtPoint(absl::DataLossError("its key lives, its record is missing"), collection, points[i]);
    page.documents.push_back(*std::move(documents[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ForEachMatch(const View& view, CollectionNumber collection, const Filter& filter, int64_t now_us,
                          const std::function<void(PointId, std::string&&)>& visit) {
  RangeScan row(view, Table::metadata, collection);
  for (; row.Valid(); row.Next()) {
    const auto point = PointOfKey(row.key());
    if (!point) return absl::DataLossError("metadata: expected a key of 12 bytes, got another size");
    absl::StatusOr<MetadataRecord> record = DecodeMetadataFields(row.value(), filter.fields());
    if (!record.ok()) return AtPoint(record.status(), collection, *point);
    const bool expired = now_us != 0 && record->expire_time_us != 0 && record->expire_time_us <= now_us;
    if (!expired && filter.Matches(record->metadata)) visit(*point, std::move(record->id));
  }
  return row.status();
}

absl::StatusOr<ListPage> ListDocuments(const View& view, CollectionNumber collection, const Filter& filter,
                                       std::string_view after, size_t limit, ReadMask mask) {
  std::string from = NameKey(collection, after);
  if (!after.empty()) from.push_back('\0');  // the smallest id beyond
  RangeScan row(view, Table::keys, from, CollectionPrefix(collection + 1));
  std::vector<Named> chosen;
  while (chosen.size() < limit && row.Valid()) {
    // One more than missing: it tells whether there is a next page.
    const size_t count = std::clamp(limit - chosen.size(), kMinChunk, kMaxChunk) + 1;
    ASSIGN_OR_RETURN(std::vector<Named> chunk, NextNamed(row, collection, count));
    RETURN_IF_ERROR(Select(view, collection, filter, chunk));
    std::ranges::move(chunk, std::back_inserter(chosen));
  }
  const bool more = chosen.size() > limit || (!chosen.empty() && row.Valid());
  if (chosen.size() > limit) chosen.resize(limit);
  ListPage page;
  RETURN_IF_ERROR(FillPage(view, collection, chosen, mask, page));
  if (more && !chosen.empty()) page.next_after = chosen.back().id;
  return page;
}

}  // namespace voisin::storage
