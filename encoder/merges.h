#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/model_vocabulary.h"

namespace voisin::encoder {

// Two tokens with one space between them; nothing where `text` is anything else.
std::optional<std::pair<std::string_view, std::string_view>> SplitMerge(std::string_view text);

// Spelt merges -> token ids. `pieces` outlives it.
class MergeFinder {
 public:
  MergeFinder(const std::vector<std::string>& pieces, std::string continuing_subword_prefix);

  // InvalidArgument names the token, of the pair or made of it, that is not in the vocabulary.
  absl::StatusOr<BpeMerge> Find(std::string_view left, std::string_view right) const;

 private:
  absl::StatusOr<int32_t> Id(std::string_view token) const;

  std::string prefix_;
  std::unordered_map<std::string_view, int32_t> ids_;
};

// The text of a merges.txt: after a line that begins with "#version", which may be missing, one merge a line, the first
// of the lowest rank. InvalidArgument says `name`, line, what was expected and what came.
absl::StatusOr<std::vector<BpeMerge>> ParseMergesTxt(std::string_view text, std::string_view name,
                                                     const std::vector<std::string>& pieces);

}  // namespace voisin::encoder
