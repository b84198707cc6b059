#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "encoder/tokenizer.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {

// added tokens > NFKC > Metaspace > Unigram > template, each as `definition` says.
std::unique_ptr<Tokenizer> MakeUnigramTokenizer(TokenizerDefinition definition);

}  // namespace voisin::encoder
