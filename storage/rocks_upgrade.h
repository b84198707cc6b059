#pragma once

#include "storage/rocks_database.h"

namespace voisin::storage {

// Writes the postings of a database that has none yet, some documents at a time: a stop in between is gone on from at
// the next start. Nobody else writes meanwhile.
absl::Status EnsurePostings(Database& database);
// Whether that was done.
bool HasPostings(const Database& database);

}  // namespace voisin::storage
