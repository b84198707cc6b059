#include "storage/rocks_match.h"

#include <algorithm>

#include "base/status_macros.h"
#include "storage/rocks_status.h"

namespace voisin::storage {
namespace {

constexpr size_t kMaxChunk = 1024;
// Keys that are scanned in the time in which one document's name is looked up.
constexpr uint64_t kKeysPerName = 8;

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

// The documents of `points`, in their order.
absl::StatusOr<std::vector<Named>> NamesOf(const View& view, CollectionNumber collection,
                                           const PointBitmap& points) {
  constexpr ReadMask kOnlyId{.text = false, .metadata = false, .vector = false};
  const std::vector<PointId> all = points.ascending();
  std::vector<Named> names;
  for (size_t at = 0; at < all.size(); at += kMaxChunk) {
    const auto some = std::span(all).subspan(at, std::min(kMaxChunk, all.size() - at));
    ASSIGN_OR_RETURN(View::Documents documents, view.ReadDocuments(collection, some, kOnlyId));
    for (size_t i = 0; i < some.size(); ++i) {
      if (!documents[i]) return AtPoint(absl::DataLossError("its metadata are missing"), collection, some[i]);
      names.push_back({std::move(documents[i]->document.id), some[i]});
    }
  }
  return names;
}

// The first of the collection's documents with ids > after, at least limit + 1 where there are so many.
absl::StatusOr<std::vector<Named>> ScanNames(const View& view, CollectionNumber collection,
                                             const PointBitmap* matching, std::string_view after,
                                             size_t limit) {
  std::string from = NameKey(collection, after);
  if (!after.empty()) from.push_back('\0');  // the smallest id beyond
  RangeScan row(view, Table::keys, from, CollectionPrefix(collection + 1));
  std::vector<Named> chosen;
  while (chosen.size() <= limit && row.Valid()) {
    ASSIGN_OR_RETURN(std::vector<Named> chunk, NextNamed(row, collection, limit - chosen.size() + 1));
    if (matching != nullptr) {
      std::erase_if(chunk, [&](const Named& named) { return !matching->Contains(named.point); });
    }
    std::ranges::move(chunk, std::back_inserter(chosen));
  }
  return chosen;
}

// The same, from the names of all that match.
absl::StatusOr<std::vector<Named>> SortNames(const View& view, CollectionNumber collection,
                                             const PointBitmap& matching, std::string_view after) {
  ASSIGN_OR_RETURN(std::vector<Named> names, NamesOf(view, collection, matching));
  if (!after.empty()) std::erase_if(names, [&](const Named& named) { return named.id <= after; });
  std::ranges::sort(names, {}, &Named::id);
  return names;
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

absl::StatusOr<std::vector<Deletion>> DeletionsOf(const View& view, CollectionNumber collection,
                                                  const PointBitmap& points) {
  ASSIGN_OR_RETURN(std::vector<Named> names, NamesOf(view, collection, points));
  std::vector<Deletion> deletions;
  for (Named& named : names) deletions.push_back({.id = std::move(named.id), .only_version = named.point});
  return deletions;
}

absl::StatusOr<ListPage> ListDocuments(const View& view, CollectionNumber collection,
                                       const FilterMatch* match, std::string_view after, size_t limit,
                                       ReadMask mask) {
  const bool few = match != nullptr && match->points.size() < match->live / kKeysPerName;
  ASSIGN_OR_RETURN(
      std::vector<Named> chosen,
      few ? SortNames(view, collection, match->points, after)
          : ScanNames(view, collection, match == nullptr ? nullptr : &match->points, after, limit));
  const bool more = chosen.size() > limit;
  if (more) chosen.resize(limit);
  ListPage page;
  RETURN_IF_ERROR(FillPage(view, collection, chosen, mask, page));
  if (more && !chosen.empty()) page.next_after = chosen.back().id;
  return page;
}

}  // namespace voisin::storage
