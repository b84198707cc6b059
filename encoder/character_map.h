#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/normalized_text.h"
#include "encoder/piece_trie.h"

namespace voisin::encoder {

// SentencePiece's precompiled character map: strings and what replaces them. Immutable, thread-safe.
//
//   map     = trie-bytes trie replacements   ; u32 little-endian
//   trie    = *u32                           ; a double array as darts-clone lays it out
//   replacements = *( *OCTET %x00 )          ; UTF-8; a key's value is the byte where its replacement begins
class CharacterMap {
 public:
  // InvalidArgument says what is wrong in `bytes`: a length that lies, a unit outside the trie, a replacement that
  // is not UTF-8.
  static absl::StatusOr<std::shared_ptr<const CharacterMap>> Parse(std::string_view bytes);

  // As the Hugging Face library applies it: a grapheme cluster of less than 6 bytes becomes the replacement of its
  // shortest prefix that is a key; where there is none, or the cluster is longer, so does each of its characters.
  NormalizedText Apply(const NormalizedText& in) const;

  size_t size() const { return replacements_.size(); }

 private:
  friend class CharacterMapReader;
  const std::string* Find(std::string_view text) const;
  void AppendCluster(const NormalizedText& in, size_t begin, size_t end, NormalizedText& out) const;

  PieceTrie keys_;  // ids index replacements_
  std::vector<std::string> replacements_;
};

}  // namespace voisin::encoder
