#pragma once

#include "encoder/merge_table.h"
#include "encoder/piece_trie.h"
#include "encoder/subword_model.h"

namespace voisin::encoder {

// Byte pair encoding: a word begins as its characters (or bytes); the neighbours whose merge has the lowest rank become
// one token, the leftmost of equals first, until none merge (Sennrich et al. 2016). Time is n log n in a word.
class BpeModel : public SubwordModel {
 public:
  explicit BpeModel(BpeVocabulary vocabulary);

  void Cut(std::string_view text, const std::vector<Word>& words,
           std::vector<Segment>& segments) const override;
  const std::vector<std::string>& pieces() const override { return vocabulary_.pieces; }

 private:
  // Memory for one word at a time.
  struct Scratch;

  void CutWord(std::string_view text, Word word, Scratch& scratch, std::vector<Segment>& segments) const;
  void Begin(std::string_view text, Word word, std::vector<Segment>& symbols) const;
  void BeginBytes(std::string_view text, Word word, std::vector<Segment>& symbols) const;
  void AddCharacter(std::string_view text, Word word, Word character, bool& unknown_last,
                    std::vector<Segment>& symbols) const;
  int32_t CharacterId(std::string_view text, Word word, Word character) const;
  void MergeShort(Scratch& scratch) const;
  void MergeLong(Scratch& scratch) const;
  void FindWholePieces();

  BpeVocabulary vocabulary_;
  MergeTable merges_;
  PieceTrie trie_;                 // of the pieces, as bytes when they spell bytes
  std::vector<int32_t> byte_ids_;  // of one byte, where pieces spell bytes (-1: none); else of byte_fallback
  std::vector<bool> whole_;        // by id: the piece as a word is this one token
};

}  // namespace voisin::encoder
