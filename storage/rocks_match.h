#pragma once

#include "storage/document_store.h"
#include "storage/rocks_view.h"

namespace voisin::storage {

// Ids and points of these live documents, points ascending.
absl::StatusOr<std::vector<Deletion>> DeletionsOf(const View& view, CollectionNumber collection,
                                                  const PointBitmap& points);

// At most `limit` documents with ids > after, ids ascending; only those of the match, unless it is null.
absl::StatusOr<ListPage> ListDocuments(const View& view, CollectionNumber collection,
                                       const FilterMatch* match, std::string_view after, size_t limit,
                                       ReadMask mask);

}  // namespace voisin::storage
