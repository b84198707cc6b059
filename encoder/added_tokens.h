#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "encoder/piece_trie.h"

namespace voisin::encoder {

// Token of the vocabulary that is found in the text before the model sees it.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool single_word = false;  // not beside a word character
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // and behind it
  bool normalized = false;   // its normal form is found in the normalised text, not itself in the raw one
};

// Finds the tokens of one set, each by its `content`: the longest that begins leftmost, then behind it. Immutable,
// thread-safe.
class AddedTokenFinder {
 public:
  // Bytes [begin, end) of the text.
  struct Match {
    uint32_t begin = 0;
    uint32_t end = 0;
    int32_t id = 0;
  };

  explicit AddedTokenFinder(std::vector<AddedToken> tokens);

  bool empty() const { return tokens_.empty(); }
  // In order, not overlapping. `text` is valid UTF-8.
  std::vector<Match> Find(std::string_view text) const;

 private:
  const AddedToken* LongestAt(std::string_view text, size_t at) const;

  std::vector<AddedToken> tokens_;
  PieceTrie trie_;                  // ids index tokens_
  std::array<bool, 256> begins_{};  // a token begins with this byte
};

}  // namespace voisin::encoder
