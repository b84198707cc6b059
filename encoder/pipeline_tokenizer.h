#pragma once

#include <memory>

#include "encoder/tokenizer.h"
#include "encoder/vocabulary.h"

namespace voisin::encoder {

// Added tokens > normaliser > pre-tokeniser > model > post-processor, each as `definition` says.
std::unique_ptr<Tokenizer> MakeTokenizer(TokenizerDefinition definition);

}  // namespace voisin::encoder
