#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "storage/record.h"

namespace voisin::storage {

// What an offline check found in one part of the data.
struct CheckedPart {
  std::string name;
  uint64_t checked = 0;               // rows or files
  std::vector<std::string> problems;  // the first so many
  uint64_t problem_count = 0;

  void Add(std::string problem);
};

struct CheckedCollection {
  CollectionRecord record;
  CollectionState state;
};

struct CheckedStore {
  std::vector<CheckedPart> parts;  // "database", then one for each table
  std::vector<CheckedCollection> collections;
};

// How many numbers the vectors of a collection have; an error is a problem of its record.
using DimensionsOf = std::function<absl::StatusOr<uint32_t>(const CollectionRecord& record)>;

// Reads every byte of the database in `directory` and compares what is said twice: every record decodes, ids
// and points name each other, nothing is missing or left over, counts and log sequence numbers fit. Writes
// nothing; holds the database's lock meanwhile. FailedPrecondition when it is open elsewhere or newer than
// this program, NotFound when there is none. Damage is no error but a problem. Needs memory for the points
// of all collections, some 50 bytes each.
absl::StatusOr<CheckedStore> CheckStore(const std::filesystem::path& directory,
                                        const DimensionsOf& dimensions_of);

}  // namespace voisin::storage
