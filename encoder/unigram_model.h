#pragma once

#include <vector>

#include "encoder/piece_trie.h"
#include "encoder/subword_model.h"

namespace voisin::encoder {

// The Unigram language model: cuts a text into the pieces with the greatest sum of scores (Viterbi, in
// double, over every character position), as UnigramVocabulary's rules say. Immutable, thread-safe. Time is
// linear in the text.
class UnigramModel : public SubwordModel {
 public:
  explicit UnigramModel(UnigramVocabulary vocabulary);

  // Memory for one text at a time; reuse it to save allocations.
  struct Lattice {
    std::vector<double> best;     // of the ways to each byte position
    std::vector<uint32_t> start;  // where the last piece of that way begins
    std::vector<int32_t> id;      // and which it is
  };

  // Appends the segments of `text` (valid UTF-8), first to last, positions moved by `position`. Neighbouring
  // unknown characters become one segment, or one for each of their bytes.
  void Cut(std::string_view text, uint32_t position, Lattice& lattice, std::vector<Segment>& segments) const;

  void Cut(std::string_view text, const std::vector<Word>& words,
           std::vector<Segment>& segments) const override;
  const std::vector<std::string>& pieces() const override { return vocabulary_.pieces; }

 private:
  void Reset(std::string_view text, Lattice& lattice) const;
  void Extend(std::string_view text, size_t begin, Lattice& lattice) const;
  void AddUnknown(std::string_view text, const Segment& unknown, std::vector<Segment>& segments) const;
  void Relax(Lattice& lattice, size_t begin, size_t end, double sum, int32_t id) const;

  UnigramVocabulary vocabulary_;
  double unknown_score_;
  double unset_;  // best of a position that nothing reached
  PieceTrie trie_;
  std::vector<int32_t> byte_ids_;  // of <0x00>..<0xFF>; empty unless all are there and wanted
};

}  // namespace voisin::encoder
