#include "encoder/unigram_model.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "encoder/byte_tokens.h"
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
      trie_(BuildTrie(vocabulary_)) {
  if (vocabulary_.byte_fallback) byte_ids_ = ByteTokens(vocabulary_.pieces);
}

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

// In reverse order, as Cut collects them.
void UnigramModel::AddUnknown(std::string_view text, const Segment& unknown,
                              std::vector<Segment>& segments) const {
  if (byte_ids_.empty()) return segments.push_back(unknown);
  for (uint32_t at = unknown.end; at > unknown.begin; --at) {
    const auto byte = static_cast<unsigned char>(text[at - 1]);
    segments.push_back({at - 1, at, byte_ids_[byte]});
  }
}

void UnigramModel::Cut(std::string_view text, uint32_t position, Lattice& lattice,
                       std::vector<Segment>& segments) const {
  Reset(text, lattice);
  for (size_t at = 0; at < text.size(); at += Utf8Length(text[at])) Extend(text, at, lattice);
  const size_t first = segments.size();
  for (auto end = static_cast<uint32_t>(text.size()); end > 0;) {
    Segment segment{lattice.start[end], end, lattice.id[end]};
    const bool unknown = segment.id == vocabulary_.unk_id;
    while (unknown && segment.begin > 0 && lattice.id[segment.begin] == vocabulary_.unk_id)
      segment.begin = lattice.start[segment.begin];
    end = segment.begin;
    if (unknown) {
      AddUnknown(text, segment, segments);
    } else {
      segments.push_back(segment);
    }
  }
  const auto begin = segments.begin() + static_cast<ptrdiff_t>(first);
  std::reverse(begin, segments.end());
  std::for_each(begin, segments.end(), [position](Segment& segment) {
    segment.begin += position;
    segment.end += position;
  });
}

void UnigramModel::Cut(std::string_view text, const std::vector<Word>& words,
                       std::vector<Segment>& segments) const {
  Lattice lattice;
  for (const Word& word : words)
    Cut(text.substr(word.begin, word.end - word.begin), word.begin, lattice, segments);
}

}  // namespace voisin::encoder
