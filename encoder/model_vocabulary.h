#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace voisin::encoder {

// What a model is made of. Everywhere the index of a piece is its token id; an empty piece never matches.

// A Unigram vocabulary and what it does where several readings exist. The defaults are those of the Hugging
// Face tokenizers library (and of SentencePiece); a converted model may need others: keys of "voisin" in
// tokenizer.json's model, docs/formats.md.
struct UnigramVocabulary {
  std::vector<std::string> pieces;  // of equal pieces the last one is produced
  std::vector<double> scores;       // as many; finite, higher is better
  int32_t unk_id = 0;
  bool byte_fallback = false;  // an unknown run becomes its bytes <0x00>..<0xFF>, where all are pieces
  int32_t reserved_ids = 0;    // ids below this never match text
  // An unknown character costs this; where unset, the lowest score - 10.
  bool has_unknown_score = false;
  double unknown_score = 0;
  // An unknown character competes where no piece at all begins, instead of where no piece of one character
  // begins.
  bool unknown_only_without_piece = false;
  bool prefer_late_split = false;  // of equal sums the one whose last piece is shorter wins
  bool unset_at_zero = false;      // a running sum of exactly 0 counts as not yet reached
};

struct WordPieceVocabulary {
  std::vector<std::string> pieces;
  int32_t unk_id = 0;
  std::string continuing_subword_prefix = "##";
  size_t max_input_chars_per_word = 100;  // a longer word is unknown
};

// The pair of tokens `left` and `right` becomes `merged`. The index of a merge is its rank.
struct BpeMerge {
  int32_t left = 0;
  int32_t right = 0;
  int32_t merged = 0;
};

struct BpeVocabulary {
  std::vector<std::string> pieces;
  std::vector<BpeMerge> merges;  // of equal pairs the last one counts
  int32_t unk_id = -1;           // -1: an unknown character is no token
  bool fuse_unk = false;         // neighbouring unknown characters are one token
  bool byte_fallback = false;  // an unknown character becomes its bytes <0x00>..<0xFF>, where all are pieces
  bool ignore_merges = false;  // a word that is a piece is that token
  bool byte_level = false;     // pieces spell bytes in GPT-2's alphabet; words are raw bytes
  std::string continuing_subword_prefix;
  std::string end_of_word_suffix;
};

using ModelVocabulary = std::variant<UnigramVocabulary, WordPieceVocabulary, BpeVocabulary>;

inline const std::vector<std::string>& PiecesOf(const ModelVocabulary& vocabulary) {
  return std::visit([](const auto& model) -> const std::vector<std::string>& { return model.pieces; },
                    vocabulary);
}

}  // namespace voisin::encoder
