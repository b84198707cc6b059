// Whatever the tokenizer.json, an accepted one tokenises a text.
#include <cstdint>

#include "tests/fuzz/use_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tokenizer = voisin::encoder::ParseTokenizer({reinterpret_cast<const char*>(data), size});
  if (!voisin::fuzz::Refused(tokenizer.status())) voisin::fuzz::UseTokenizer(**tokenizer);
  return 0;
}
