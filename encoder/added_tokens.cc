#include "encoder/added_tokens.h"

#include <algorithm>
#include <utility>

#include "encoder/characters.h"
#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

PieceTrie BuildTrie(const std::vector<AddedToken>& tokens) {
  std::vector<PieceTrie::Key> keys;
  for (size_t i = 0; i < tokens.size(); ++i) keys.push_back({tokens[i].content, static_cast<int32_t>(i)});
  return PieceTrie::Build(std::move(keys));
}

size_t Before(std::string_view text, size_t at) {
  while ((static_cast<unsigned char>(text[--at]) & 0xc0) == 0x80) continue;
  return at;
}

bool StandsAlone(std::string_view text, size_t begin, size_t end) {
  const bool word_before = begin > 0 && IsWordCharacter(DecodeAt(text, Before(text, begin)));
  return !word_before && !(end < text.size() && IsWordCharacter(DecodeAt(text, end)));
}

// Moves `begin` back over white space, not before `limit`.
size_t StripLeft(std::string_view text, size_t begin, size_t limit) {
  while (begin > limit && IsWhiteSpace(DecodeAt(text, Before(text, begin)))) begin = Before(text, begin);
  return begin;
}

size_t StripRight(std::string_view text, size_t end) {
  while (end < text.size() && IsWhiteSpace(DecodeAt(text, end))) end += Utf8Length(text[end]);
  return end;
}

}  // namespace

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens)
    : tokens_(std::move(tokens)), trie_(BuildTrie(tokens_)) {
  for (const AddedToken& token : tokens_) {
    if (!token.content.empty()) begins_[static_cast<unsigned char>(token.content[0])] = true;
  }
}

const AddedToken* AddedTokenFinder::LongestAt(std::string_view text, size_t at) const {
  const AddedToken* longest = nullptr;
  for (uint32_t node = PieceTrie::kRoot; at < text.size(); ++at) {
    node = trie_.Next(node, static_cast<unsigned char>(text[at]));
    if (node == PieceTrie::kNone) break;
    if (trie_.id(node) >= 0) longest = &tokens_[static_cast<size_t>(trie_.id(node))];
  }
  return longest;
}

std::vector<AddedTokenFinder::Match> AddedTokenFinder::Find(std::string_view text) const {
  std::vector<Match> matches;
  size_t free = 0;  // where the text is not yet taken
  for (size_t at = 0; at < text.size();) {
    const AddedToken* token = begins_[static_cast<unsigned char>(text[at])] ? LongestAt(text, at) : nullptr;
    if (token == nullptr) {
      ++at;
      continue;
    }
    size_t begin = at;
    size_t end = at += token->content.size();
    if (begin < free || (token->single_word && !StandsAlone(text, begin, end))) continue;
    if (token->lstrip) begin = StripLeft(text, begin, free);
    if (token->rstrip) end = StripRight(text, end);
    matches.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), token->id});
    free = end;
  }
  return matches;
}

}  // namespace voisin::encoder
