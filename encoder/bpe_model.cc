#include "encoder/bpe_model.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "encoder/byte_tokens.h"
#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr size_t kShortWord = 48;  // symbols that are searched one by one
constexpr uint32_t kNowhere = 0xffffffff;

PieceTrie BuildTrie(const BpeVocabulary& vocabulary) {
  if (!vocabulary.byte_level) return PieceTrie::Of(vocabulary.pieces);
  std::vector<std::string> bytes;
  for (const std::string& piece : vocabulary.pieces) bytes.push_back(DecodeByteLevel(piece));
  return PieceTrie::Of(bytes);
}

std::vector<int32_t> SingleBytes(const PieceTrie& trie) {
  std::vector<int32_t> ids;
  for (int byte = 0; byte < 256; ++byte) ids.push_back(trie.Find(std::string(1, static_cast<char>(byte))));
  return ids;
}

// A pair that may merge: the symbol on the left and what it would become.
struct Candidate {
  MergeTable::Merge merge;
  uint32_t left;
  bool operator<(const Candidate& other) const {  // the last of the queue's order comes out first
    return merge.rank != other.merge.rank ? merge.rank > other.merge.rank : left > other.left;
  }
};

}  // namespace

struct BpeModel::Scratch {
  std::vector<Segment> symbols;
  std::vector<MergeTable::Merge> merges;  // of each symbol with the next
};

BpeModel::BpeModel(BpeVocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)), merges_(vocabulary_.merges), trie_(BuildTrie(vocabulary_)) {
  if (vocabulary_.byte_level) byte_ids_ = SingleBytes(trie_);
  if (vocabulary_.byte_fallback && !vocabulary_.byte_level) byte_ids_ = ByteTokens(vocabulary_.pieces);
  FindWholePieces();
}

// Most words are one piece: those whose merges end in it are found without merging.
void BpeModel::FindWholePieces() {
  const size_t size = vocabulary_.pieces.size();
  whole_.assign(size, vocabulary_.ignore_merges);
  const bool plain = vocabulary_.continuing_subword_prefix.empty() && vocabulary_.end_of_word_suffix.empty();
  if (vocabulary_.ignore_merges || !plain) return;
  Scratch scratch;
  std::vector<bool> whole(size);
  std::vector<Segment> segments;
  for (size_t id = 0; id < size; ++id) {
    const std::string& piece = vocabulary_.pieces[id];
    const std::string word = vocabulary_.byte_level ? DecodeByteLevel(piece) : piece;
    segments.clear();
    if (!word.empty()) CutWord(word, {0, static_cast<uint32_t>(word.size())}, scratch, segments);
    whole[id] = segments.size() == 1 && segments[0].id == static_cast<int32_t>(id);
  }
  whole_ = std::move(whole);
}

void BpeModel::BeginBytes(std::string_view text, Word word, std::vector<Segment>& symbols) const {
  for (uint32_t at = word.begin; at < word.end; ++at) {
    const int32_t id = byte_ids_[static_cast<unsigned char>(text[at])];
    if (id >= 0) {
      symbols.push_back({at, at + 1, id});
    } else if (vocabulary_.unk_id >= 0) {
      symbols.push_back({at, at + 1, vocabulary_.unk_id});
    }
  }
}

int32_t BpeModel::CharacterId(std::string_view text, Word word, Word character) const {
  const std::string_view bytes = text.substr(character.begin, character.end - character.begin);
  const bool prefixed = character.begin > word.begin && !vocabulary_.continuing_subword_prefix.empty();
  const bool suffixed = character.end == word.end && !vocabulary_.end_of_word_suffix.empty();
  if (!prefixed && !suffixed) return trie_.Find(bytes);
  std::string spelt = prefixed ? vocabulary_.continuing_subword_prefix : std::string();
  spelt.append(bytes);
  if (suffixed) spelt += vocabulary_.end_of_word_suffix;
  return trie_.Find(spelt);
}

void BpeModel::AddCharacter(std::string_view text, Word word, Word character, bool& unknown_last,
                            std::vector<Segment>& symbols) const {
  const int32_t id = CharacterId(text, word, character);
  const bool unknown_before = std::exchange(unknown_last, false);
  if (id >= 0) return symbols.push_back({character.begin, character.end, id});
  if (!byte_ids_.empty()) return BeginBytes(text, character, symbols);
  if (vocabulary_.unk_id < 0) return;
  unknown_last = true;
  if (unknown_before && vocabulary_.fuse_unk) {
    symbols.back().end = character.end;
  } else {
    symbols.push_back({character.begin, character.end, vocabulary_.unk_id});
  }
}

void BpeModel::Begin(std::string_view text, Word word, std::vector<Segment>& symbols) const {
  symbols.clear();
  if (vocabulary_.byte_level) return BeginBytes(text, word, symbols);
  bool unknown_last = false;
  for (uint32_t at = word.begin; at < word.end;) {
    const auto next = at + static_cast<uint32_t>(Utf8Length(text[at]));
    AddCharacter(text, word, {at, next}, unknown_last, symbols);
    at = next;
  }
}

// Looks through all pairs for each merge: the fastest way for a few.
void BpeModel::MergeShort(Scratch& scratch) const {
  std::vector<Segment>& symbols = scratch.symbols;
  std::vector<MergeTable::Merge>& merges = scratch.merges;
  merges.clear();
  for (size_t i = 0; i + 1 < symbols.size(); ++i)
    merges.push_back(merges_.Find(symbols[i].id, symbols[i + 1].id));
  while (!merges.empty()) {
    const auto best = std::min_element(merges.begin(), merges.end(),
                                       [](const auto& a, const auto& b) { return a.rank < b.rank; });
    if (best->rank == MergeTable::kNoRank) return;
    const auto i = best - merges.begin();
    const auto left = static_cast<size_t>(i);
    symbols[left] = {symbols[left].begin, symbols[left + 1].end, best->merged};
    symbols.erase(symbols.begin() + i + 1);
    merges.erase(best);
    if (left < merges.size()) merges[left] = merges_.Find(symbols[left].id, symbols[left + 1].id);
    if (left > 0) merges[left - 1] = merges_.Find(symbols[left - 1].id, symbols[left].id);
  }
}

// A queue of candidates over a linked list.
class LongMerger {
 public:
  LongMerger(const MergeTable& merges, std::vector<Segment>& symbols) : merges_(merges), symbols_(symbols) {
    const auto size = static_cast<uint32_t>(symbols.size());
    for (uint32_t i = 0; i < size; ++i) {
      next_.push_back(i + 1 < size ? i + 1 : kNowhere);
      previous_.push_back(i > 0 ? i - 1 : kNowhere);
    }
    for (uint32_t i = 0; i < size; ++i) Offer(i);
  }

  void Merge() {
    while (!queue_.empty()) {
      const Candidate top = queue_.top();
      queue_.pop();
      if (IsCurrent(top)) Join(top.left, top.merge.merged);
    }
    std::erase_if(symbols_, [](const Segment& symbol) { return symbol.id < 0; });
  }

 private:
  MergeTable::Merge MergeOf(uint32_t left) const {
    if (symbols_[left].id < 0 || next_[left] == kNowhere) return {};
    return merges_.Find(symbols_[left].id, symbols_[next_[left]].id);
  }

  void Offer(uint32_t left) {
    const MergeTable::Merge merge = MergeOf(left);
    if (merge.rank != MergeTable::kNoRank) queue_.push({merge, left});
  }

  bool IsCurrent(const Candidate& candidate) const {
    return MergeOf(candidate.left).rank == candidate.merge.rank;
  }

  void Join(uint32_t left, int32_t merged) {
    const uint32_t right = next_[left];
    symbols_[left] = {symbols_[left].begin, symbols_[right].end, merged};
    symbols_[right].id = -1;
    next_[left] = next_[right];
    if (next_[left] != kNowhere) previous_[next_[left]] = left;
    Offer(left);
    if (previous_[left] != kNowhere) Offer(previous_[left]);
  }

  const MergeTable& merges_;
  std::vector<Segment>& symbols_;  // id -1: merged into one before it
  std::vector<uint32_t> next_;
  std::vector<uint32_t> previous_;
  std::priority_queue<Candidate> queue_;
};

void BpeModel::MergeLong(Scratch& scratch) const { LongMerger(merges_, scratch.symbols).Merge(); }

void BpeModel::CutWord(std::string_view text, Word word, Scratch& scratch,
                       std::vector<Segment>& segments) const {
  const int32_t piece = trie_.Find(text.substr(word.begin, word.end - word.begin));
  if (piece >= 0 && whole_[static_cast<size_t>(piece)]) {
    segments.push_back({word.begin, word.end, piece});
    return;
  }
  Begin(text, word, scratch.symbols);
  if (scratch.symbols.size() <= kShortWord) {
    MergeShort(scratch);
  } else {
    MergeLong(scratch);
  }
  segments.insert(segments.end(), scratch.symbols.begin(), scratch.symbols.end());
}

void BpeModel::Cut(std::string_view text, const std::vector<Word>& words,
                   std::vector<Segment>& segments) const {
  Scratch scratch;
  for (const Word& word : words) CutWord(text, word, scratch, segments);
}

}  // namespace voisin::encoder
