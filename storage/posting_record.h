#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::storage {

// What one row of the table `postings` says of the 65,536 points of its chunk, by their lower 16 bits:
//   posting-record = %x01 added removed
//   added, removed = low-bits
//   low-bits       = varint count *( 2 OCTETs )     at most 4,096: ascending, least significant byte first
//                  / varint count 8192 OCTETs       more: bit i of octet i / 8 is point i
// These are the array and bitmap containers of Roaring bitmaps (Lemire et al., arXiv:1603.06549). A point is
// added once and removed at most once, so records of one row can be put together in any order. `removed` is
// what has not met its addition yet; it is empty in a row that is whole.
struct PostingRecord {
  std::vector<uint16_t> added;    // ascending
  std::vector<uint16_t> removed;  // ascending
  bool operator==(const PostingRecord&) const = default;
};

std::string EncodePosting(const PostingRecord& record);
// DataLoss for anything else than the grammar.
absl::StatusOr<PostingRecord> DecodePosting(std::string_view bytes);

// All records of a row as one. `whole`: nothing came before them, so additions that were removed, and removals,
// are gone. DataLoss for a record that does not decode.
absl::StatusOr<PostingRecord> JoinPostings(std::span<const std::string_view> records, bool whole);

}  // namespace voisin::storage
