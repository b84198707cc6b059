#pragma once

#include "storage/document_store.h"
#include "storage/rocks_view.h"

namespace voisin::storage {

// Calls visit(point, id) for the live documents of a collection that match, points ascending; a scan of the
// metadata, of which only the filter's fields are decoded. `now_us`, if not 0, leaves out what has expired by
// then.
absl::Status ForEachMatch(const View& view, CollectionNumber collection, const Filter& filter, int64_t now_us,
                          const std::function<void(PointId, std::string&&)>& visit);

// See DocumentStore::List.
absl::StatusOr<ListPage> ListDocuments(const View& view, CollectionNumber collection, const Filter& filter,
                                       std::string_view after, size_t limit, ReadMask mask);

}  // namespace voisin::storage
