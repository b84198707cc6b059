// The first line as a vocab.json, the rest as a merges.txt: an error, or a tokenizer.
#include <algorithm>
#include <cstdint>

#include "encoder/tokenizer_families.h"
#include "tests/fuzz/use_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voisin::encoder;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::string_view vocab = all.substr(0, all.find('\n'));
  const std::string_view merges = all.substr(std::min(all.size(), vocab.size() + 1));
  TokenizerSettings settings;
  settings.tokenizer_class = "RobertaTokenizer";
  voisin::fuzz::UseDefinition(DefineByteLevelBpe({vocab, "vocab.json", merges, "merges.txt"}, settings));
  return 0;
}
