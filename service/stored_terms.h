#pragma once

#include "encoder/word_analyzers.h"
#include "storage/document_store.h"

namespace voisin::service {

// Writes the terms of all documents of a collection that format 1 wrote, from their texts; those that have theirs get
// the same again. Nobody writes to the collection meanwhile. Cancelled when `stop` answers true.
absl::Status WriteStoredTerms(storage::DocumentStore& store, storage::CollectionNumber number,
                              const encoder::SharedAnalyzer& analyzer, const std::function<bool()>& stop);

}  // namespace voisin::service
