#pragma once

#include "encoder/piece_trie.h"
#include "encoder/subword_model.h"

namespace voisin::encoder {

// WordPiece: a word is cut into the longest piece it begins with, then the longest continuing piece, and so on; a
// word that cannot be cut to its end is one unknown token (Wu et al. 2016; BERT).
class WordPieceModel : public SubwordModel {
 public:
  explicit WordPieceModel(WordPieceVocabulary vocabulary);

  void Cut(std::string_view text, const std::vector<Word>& words,
           std::vector<Segment>& segments) const override;
  const std::vector<std::string>& pieces() const override { return vocabulary_.pieces; }

 private:
  bool CutWord(std::string_view text, Word word, std::vector<Segment>& segments) const;
  Segment LongestPiece(std::string_view text, uint32_t begin, uint32_t end, uint32_t node) const;
  bool IsTooLong(std::string_view word) const;

  WordPieceVocabulary vocabulary_;
  PieceTrie trie_;
  uint32_t continuing_;  // the node behind the prefix; kNone when no piece has it
};

}  // namespace voisin::encoder
