#include "encoder/word_piece_model.h"

#include <algorithm>
#include <utility>

namespace voisin::encoder {
namespace {

uint32_t Follow(const PieceTrie& trie, std::string_view bytes) {
  uint32_t node = PieceTrie::kRoot;
  for (size_t i = 0; i < bytes.size() && node != PieceTrie::kNone; ++i)
    node = trie.Next(node, static_cast<unsigned char>(bytes[i]));
  return node;
}

}  // namespace

WordPieceModel::WordPieceModel(WordPieceVocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)),
      trie_(PieceTrie::Of(vocabulary_.pieces)),
      continuing_(Follow(trie_, vocabulary_.continuing_subword_prefix)) {}

bool WordPieceModel::IsTooLong(std::string_view word) const {
  if (word.size() <= vocabulary_.max_input_chars_per_word) return false;
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  const auto characters = std::count_if(word.begin(), word.end(), begins);
  return static_cast<size_t>(characters) > vocabulary_.max_input_chars_per_word;
}

// The longest piece from `begin` on, with `node` standing for what came before; an empty one when there is none.
Segment WordPieceModel::LongestPiece(std::string_view text, uint32_t begin, uint32_t end,
                                     uint32_t node) const {
  Segment longest{begin, begin, 0};
  for (uint32_t at = begin; at < end && node != PieceTrie::kNone;) {
    node = trie_.Next(node, static_cast<unsigned char>(text[at++]));
    if (node != PieceTrie::kNone && trie_.id(node) >= 0) longest = {begin, at, trie_.id(node)};
  }
  return longest;
}

bool WordPieceModel::CutWord(std::string_view text, Word word, std::vector<Segment>& segments) const {
  if (IsTooLong(text.substr(word.begin, word.end - word.begin))) return false;
  uint32_t node = PieceTrie::kRoot;
  for (uint32_t at = word.begin; at < word.end; at = segments.back().end) {
    const Segment piece = LongestPiece(text, at, word.end, node);
    if (piece.end == at) return false;
    segments.push_back(piece);
    node = continuing_;
  }
  return true;
}

void WordPieceModel::Cut(std::string_view text, const std::vector<Word>& words,
                         std::vector<Segment>& segments) const {
  for (const Word& word : words) {
    const size_t before = segments.size();
    if (CutWord(text, word, segments)) continue;
    segments.resize(before);
    segments.push_back({word.begin, word.end, vocabulary_.unk_id});
  }
}

}  // namespace voisin::encoder
