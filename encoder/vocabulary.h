#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "encoder/added_tokens.h"
#include "encoder/model_vocabulary.h"
#include "encoder/normalizer.h"
#include "encoder/post_processor.h"
#include "encoder/pre_tokenizer.h"

namespace voisin::encoder {

// What a tokenizer.json (Hugging Face tokenizers) says, in the order of work: added tokens, normaliser, pre-tokeniser,
// model, post-processor. Its truncation and padding are the caller's matter and not read.
struct TokenizerDefinition {
  std::vector<AddedToken> added_tokens;
  std::vector<NormalizerStep> normalizer;
  std::vector<PreTokenizerStep> pre_tokenizer;
  ModelVocabulary model;
  PostProcessor post_processor;
};

// Unimplemented names a part that we do not read; InvalidArgument the path of what is wrong.
absl::StatusOr<TokenizerDefinition> ParseTokenizerDefinition(std::string_view json, std::string name);

// A tokenizer.json that ParseTokenizerDefinition reads back. Takes definitions of a Unigram model with the steps NFKC,
// Replace of runs of spaces, WhitespaceSplit and Metaspace, without added tokens and special tokens.
std::string WriteTokenizerDefinition(const TokenizerDefinition& definition);

}  // namespace voisin::encoder
