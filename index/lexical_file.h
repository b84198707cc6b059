#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "index/lexical_segment.h"
#include "index/segment_file.h"

namespace voisin::index {

// Files of sealed lexical segments: containers as section_file.h says, of kind lexical, with these sections.
//
//   lexical := ids lengths forward_ends forward terms lists blocks impacts packed tails
//     ids          := u64 for each point, ascending
//     lengths      := u32 for each point: the sum of its counts
//     forward_ends := u64 for each point: where its part of `forward` ends
//     forward      := for each point a sparse list (sparse_list.h): positions in `terms`, counts
//     terms        := u64 for each term, ascending
//     lists        := points u32, first_block u32, tail u64 for each term: a list has points / 128 blocks from first_block
//                     on, and points % 128 points in the sparse list that begins at `tail` of `tails`
//     blocks       := last_slot u32, packed u32, first_impact u32, slot_bits u8, count_bits u8, impacts u16
//     impacts      := count u32, length u32: none of the block has a greater count at a smaller length
//     packed       := u32, in fours: for each block, from 4 * packed on, 128 numbers of slot_bits bits, then 128 counts
//                     less 1 of count_bits bits, in lanes as bit_packing.h says. Number i < 4 is the slot less the last
//                     slot + 1 of the list's block before (the slot itself in the first block), another one the slot
//                     less that of number i - 4
//     tails        := bytes; the first number of a sparse list counts from the last slot + 1 of the list's last block

absl::StatusOr<FileStamp> WriteLexicalFile(const std::filesystem::path& path, const LexicalView& view);

// Checks everything: checksums, sizes, bounds, and that the parts agree. The bytes must start on a multiple of 8 and
// outlive the view.
absl::StatusOr<LexicalView> ParseLexicalFile(std::string_view file, FileStamp* stamp = nullptr);

// Maps the file; it is used in place.
absl::StatusOr<std::shared_ptr<LexicalSegment>> LoadLexicalFile(const std::filesystem::path& path,
                                                                uint64_t number, const FileStamp& expected);

}  // namespace voisin::index
