#include "encoder/split.h"

#include <algorithm>

namespace voisin::encoder {
namespace {

// Whether `piece` goes into the word that the piece before it ended.
bool Joins(const Piece& before, const Piece& piece, SplitBehavior behavior) {
  switch (behavior) {
    case SplitBehavior::removed:
    case SplitBehavior::isolated:
      return false;
    case SplitBehavior::merged_with_previous:
      return piece.delimiter && !before.delimiter;
    case SplitBehavior::merged_with_next:
      return before.delimiter && !piece.delimiter;
    case SplitBehavior::contiguous:
      return before.delimiter == piece.delimiter;
  }
  return false;
}

}  // namespace

void AppendSplit(const std::vector<Piece>& pieces, SplitBehavior behavior, std::vector<Word>& words) {
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].delimiter && behavior == SplitBehavior::removed) continue;
    if (i > 0 && Joins(pieces[i - 1], pieces[i], behavior)) {
      words.back().end = pieces[i].word.end;
    } else {
      words.push_back(pieces[i].word);
    }
  }
}

void CutAtLiteral(std::string_view text, Word word, std::string_view pattern, std::vector<Piece>& pieces) {
  pieces.clear();
  const std::string_view whole = text.substr(0, word.end);
  for (uint32_t at = word.begin; at < word.end;) {
    const auto found = static_cast<uint32_t>(std::min<size_t>(whole.find(pattern, at), word.end));
    if (found > at) pieces.push_back({{at, found}, false});
    at = found;
    if (found == word.end) break;
    at = found + static_cast<uint32_t>(pattern.size());
    pieces.push_back({{found, at}, true});
  }
}

}  // namespace voisin::encoder
