#pragma once

#include <string_view>
#include <vector>

#include "encoder/pre_tokenizer.h"

namespace voisin::encoder {

// A part of a word that is a delimiter, or what stands between two of them.
struct Piece {
  Word word;
  bool delimiter = false;
};

// Appends the words that `pieces`, which cover one word, become.
void AppendSplit(const std::vector<Piece>& pieces, SplitBehavior behavior, std::vector<Word>& words);

// Each character of which `is_delimiter` holds is a delimiter; the others are merged.
template <typename Predicate>
void CutAtCharacters(std::string_view text, Word word, Predicate is_delimiter, std::vector<Piece>& pieces) {
  pieces.clear();
  for (uint32_t at = word.begin; at < word.end;) {
    const auto next = at + static_cast<uint32_t>(Utf8Length(text[at]));
    const bool delimiter = is_delimiter(DecodeAt(text, at));
    if (!delimiter && !pieces.empty() && !pieces.back().delimiter) {
      pieces.back().word.end = next;
    } else {
      pieces.push_back({{at, next}, delimiter});
    }
    at = next;
  }
}

void CutAtLiteral(std::string_view text, Word word, std::string_view pattern, std::vector<Piece>& pieces);

// Appends the matches of `pattern`, which cover the word.
void AppendMatches(std::string_view text, Word word, BytePattern pattern, std::vector<Word>& words);

}  // namespace voisin::encoder
