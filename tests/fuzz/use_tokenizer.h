#pragma once

#include <string_view>
#include <utility>

#include "encoder/pipeline_tokenizer.h"
#include "tests/fuzz/require.h"

namespace voisin::fuzz {

// A text becomes tokens of the vocabulary, with spans inside the text.
inline void UseTokenizer(const encoder::Tokenizer& tokenizer) {
  constexpr std::string_view kText = "a b\t\u00e9 \ufb01 e\u0301 \u4e2d\U0001f600 <mask> ::) the end ";
  const auto encoding = tokenizer.Encode(kText, true);
  Require(encoding.ok());
  for (size_t i = 0; i < encoding->input_ids.size(); ++i) {
    const encoder::ByteSpan span = encoding->offsets[i];
    const int32_t id = encoding->input_ids[i];
    Require(id >= 0 && id < tokenizer.vocab_size());
    Require(span.begin <= span.end && span.end <= kText.size());
  }
}

// The same of a definition, where it is one.
inline void UseDefinition(absl::StatusOr<encoder::TokenizerDefinition> definition) {
  if (!Refused(definition.status())) UseTokenizer(*encoder::MakeTokenizer(*std::move(definition)));
}

}  // namespace voisin::fuzz
