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

// What the rows of a collection must be like.
struct RowShape {
  uint32_t dimensions = 0;  // of its vectors
  bool terms = true;        // false: of format 1, its documents may lack them
};
// An error is a problem of the collection's record.
using ShapeOf = std::function<absl::StatusOr<RowShape>(const CollectionRecord& record)>;

// Reads every byte of the database in `directory` and compares what is said twice: every record decodes, ids
// and points name each other, nothing is missing or left over, counts and log sequence numbers fit. Writes
// nothing; holds the database's lock meanwhile. FailedPrecondition when it is open elsewhere or newer than
// this program, NotFound when there is none. Damage is no error but a problem. Needs memory for the points
// of all collections, some 50 bytes each.
absl::StatusOr<CheckedStore> CheckStore(const std::filesystem::path& directory, const ShapeOf& shape_of);

}  // namespace voisin::storage
