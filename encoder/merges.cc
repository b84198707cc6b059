#include "encoder/merges.h"

#include <utility>

#include "base/status_macros.h"
#include "encoder/text_lines.h"

namespace voisin::encoder {

std::optional<std::pair<std::string_view, std::string_view>> SplitMerge(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos) return {};
  return std::pair(text.substr(0, space), text.substr(space + 1));
}

MergeFinder::MergeFinder(const std::vector<std::string>& pieces, std::string continuing_subword_prefix)
    : prefix_(std::move(continuing_subword_prefix)) {
  for (size_t id = 0; id < pieces.size(); ++id) ids_.emplace(pieces[id], static_cast<int32_t>(id));
}

absl::StatusOr<int32_t> MergeFinder::Id(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found != ids_.end()) return found->second;
  return absl::InvalidArgumentError(
      std::string("names \"").append(token).append("\", which is not in the vocabulary"));
}

absl::StatusOr<BpeMerge> MergeFinder::Find(std::string_view left, std::string_view right) const {
  BpeMerge merge;
  ASSIGN_OR_RETURN(merge.left, Id(left));
  ASSIGN_OR_RETURN(merge.right, Id(right));
  if (right.starts_with(prefix_)) right.remove_prefix(prefix_.size());
  ASSIGN_OR_RETURN(merge.merged, Id(std::string(left).append(right)));
  return merge;
}

absl::StatusOr<std::vector<BpeMerge>> ParseMergesTxt(std::string_view text, std::string_view name,
                                                     const std::vector<std::string>& pieces) {
  const MergeFinder finder(pieces, "");
  std::vector<BpeMerge> merges;
  TextLines lines(text, name);
  while (lines.Next()) {
    if (lines.number() == 1 && lines.line().starts_with("#version")) continue;
    const auto parts = SplitMerge(lines.line());
    if (!parts) return lines.Error("is not two tokens with one space between them");
    const absl::StatusOr<BpeMerge> merge = finder.Find(parts->first, parts->second);
    if (!merge.ok()) return lines.Error(std::string(merge.status().message()));
    merges.push_back(*merge);
  }
  return merges;
}

}  // namespace voisin::encoder
