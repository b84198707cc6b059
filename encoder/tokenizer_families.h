#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "encoder/tokenizer_settings.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {

// The tokenizers of directories without a tokenizer.json: a vocabulary in its own form, and the rest as the tokenizer class
// of Hugging Face transformers has it (convert_slow_tokenizer). Unimplemented names a class that we do not know;
// InvalidArgument what is wrong in the file `name`, or which special token it lacks.

// BertTokenizer, DistilBertTokenizer, MPNetTokenizer; the text of a vocab.txt.
absl::StatusOr<TokenizerDefinition> DefineWordPiece(std::string_view vocab_txt, std::string_view name,
                                                    const TokenizerSettings& settings);
// RobertaTokenizer; the texts of a vocab.json and of a merges.txt.
struct BpeFiles {
  std::string_view vocab_json;
  std::string vocab_name;
  std::string_view merges_txt;
  std::string merges_name;
};
absl::StatusOr<TokenizerDefinition> DefineByteLevelBpe(const BpeFiles& files,
                                                       const TokenizerSettings& settings);
// XLMRobertaTokenizer, CamembertTokenizer; the bytes of a sentencepiece .model. Their ids are not SentencePiece's: first
// come fairseq's own tokens, then the pieces behind <unk>, <s>, </s> (Camembert: behind <unk>), last <mask>.
absl::StatusOr<TokenizerDefinition> DefineSentencePiece(std::string_view bytes, std::string_view name,
                                                        const TokenizerSettings& settings);

}  // namespace voisin::encoder
