#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace voisin::encoder {

// The text of a vocab.txt: one piece a line, whose id is the number of its line from 0. InvalidArgument says `name`, line
// and what is wrong: an empty line, a piece that was there before, one that is not UTF-8 or too long, no line at all.
absl::StatusOr<std::vector<std::string>> ParseVocabTxt(std::string_view text, std::string_view name);

}  // namespace voisin::encoder
