#include "encoder/unigram_model.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr double kUnknownPenalty = 10;  // below the worst piece

double UnknownScore(const UnigramVocabulary& vocabulary) {
  if (vocabulary.has_unknown_score) return vocabulary.unknown_score;
  return *std::min_element(vocabulary.scores.begin(), vocabulary.scores.end()) - kUnknownPenalty;
}

PieceTrie BuildTrie(const UnigramVocabulary& vocabulary) {
  std::vector<PieceTrie::Key> keys;
  for (size_t id = static_cast<size_t>(vocabulary.reserved_ids); id < vocabulary.pieces.size(); ++id) {
    keys.push_back({vocabulary.pieces[id], static_cast<int32_t>(id)});
  }
  return PieceTrie::Build(std::move(keys));
}

}  // namespace

UnigramModel::UnigramModel(UnigramVocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)),
      unknown_score_(UnknownScore(vocabulary_)),
      unset_(vocabulary_.unset_at_zero ? 0 : -std::numeric_limits<double>::infinity()),
      trie_(BuildTrie(vocabulary_)) {}

void UnigramModel::Reset(std::string_view text, Lattice& lattice) const {
  lattice.best.assign(text.size() + 1, unset_);
  lattice.best[0] = 0;
  lattice.id.assign(text.size() + 1, vocabulary_.unk_id);
  lattice.start.resize(text.size() + 1);
  size_t begin = 0;
  for (size_t end = 1; end <= text.size(); ++end) {  // until reached: the one character before
    if (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) continue;
    lattice.start[end] = static_cast<uint32_t>(begin);
    begin = end;
  }
}

inline void UnigramModel::Relax(Lattice& lattice, size_t begin, size_t end, double sum, int32_t id) const {
  double& best = lattice.best[end];
  const bool better = sum > best || best == unset_ || (vocabulary_.prefer_late_split && sum == best);
  if (!better) return;
  best = sum;
  lattice.start[end] = static_cast<uint32_t>(begin);
  lattice.id[end] = id;
}

// Follows every piece, and where the rules say so an unknown character, from `begin`.
void UnigramModel::Extend(std::string_view text, size_t begin, Lattice& lattice) const {
  const double before = lattice.best[begin];
  const size_t next_character = begin + Utf8Length(text[begin]);
  bool any_piece = false;
  bool one_character_piece = false;
  uint32_t node = PieceTrie::kRoot;
  for (size_t at = begin; at < text.size();) {
    node = trie_.Next(node, static_cast<unsigned char>(text[at++]));
    if (node == PieceTrie::kNone) break;
    const int32_t id = trie_.id(node);
    if (id < 0) continue;
    any_piece = true;
    one_character_piece |= at == next_character;
    Relax(lattice, begin, at, vocabulary_.scores[static_cast<size_t>(id)] + before, id);
  }
  const bool known = vocabulary_.unknown_only_without_piece ? any_piece : one_character_piece;
  if (!known) Relax(lattice, begin, next_character, unknown_score_ + before, vocabulary_.unk_id);
}

void UnigramModel::Cut(std::string_view text, uint32_t position, Lattice& lattice,
                       std::vector<Segment>& segments) const {
  Reset(text, lattice);
  for (size_t at = 0; at < text.size(); at += Utf8Length(text[at])) Extend(text, at, lattice);
  const size_t first = segments.size();
  for (size_t end = text.size(); end > 0; end = lattice.start[end]) {
    const Segment segment{lattice.start[end] + position, static_cast<uint32_t>(end) + position,
                          lattice.id[end]};
    const bool joins =
        segment.id == vocabulary_.unk_id && segments.size() > first && segments.back().id == segment.id;
    if (joins) {
      segments.back().begin = segment.begin;
    } else {
      segments.push_back(segment);
    }
  }
  std::reverse(segments.begin() + static_cast<ptrdiff_t>(first), segments.end());
}

}  // namespace voisin::encoder
