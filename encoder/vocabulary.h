#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/pre_tokenizer.h"

namespace voisin::encoder {

// A Unigram vocabulary and what it does where several readings exist. The defaults are those of the Hugging
// Face tokenizers library (and of SentencePiece); a converted model may need others: keys of "voisin" in
// tokenizer.json's model, docs/formats.md.
struct UnigramVocabulary {
  std::vector<std::string> pieces;  // index = token id; of equal pieces the last one is produced
  std::vector<double> scores;       // as many; finite, higher is better
  int32_t unk_id = 0;
  int32_t reserved_ids = 0;  // ids below this never match text
  // An unknown character costs this; where unset, the lowest score - 10.
  bool has_unknown_score = false;
  double unknown_score = 0;
  // An unknown character competes where no piece at all begins, instead of where no piece of one character
  // begins.
  bool unknown_only_without_piece = false;
  bool prefer_late_split = false;  // of equal sums the one whose last piece is shorter wins
  bool unset_at_zero = false;      // a running sum of exactly 0 counts as not yet reached
};

// Token of the vocabulary that is found in the raw text before anything else.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool lstrip = false;  // takes the white space before it along
  bool rstrip = false;
};

struct TemplateToken {
  int32_t id = 0;
  int32_t type_id = 0;
};

// A tokenizer.json (Hugging Face tokenizers) with a Unigram model: NFKC normaliser, Metaspace pre-tokeniser,
// template post-processor.
struct TokenizerDefinition {
  UnigramVocabulary vocabulary;
  std::vector<AddedToken> added_tokens;
  NormalizerOptions normalizer;
  PreTokenizerOptions pre_tokenizer;
  std::vector<TemplateToken> prefix;
  std::vector<TemplateToken> suffix;
  int32_t text_type_id = 0;
};

// Unimplemented names a part that we do not read; InvalidArgument the path of what is wrong.
absl::StatusOr<TokenizerDefinition> ParseTokenizerDefinition(std::string_view json, std::string name);

// A tokenizer.json that ParseTokenizerDefinition reads back. Takes definitions without added tokens and
// template.
std::string WriteTokenizerDefinition(const TokenizerDefinition& definition);

}  // namespace voisin::encoder
