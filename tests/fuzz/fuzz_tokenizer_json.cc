#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "encoder/tokenizer.h"

namespace {

constexpr std::string_view kText = "a b\t\u00e9 \ufb01 e\u0301 \u4e2d\U0001f600 <mask> ::) the end ";

}  // namespace

// Whatever the file, an accepted one tokenises a text into tokens of its vocabulary with spans inside the text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tokenizer = voisin::encoder::ParseTokenizer({reinterpret_cast<const char*>(data), size});
  if (!tokenizer.ok()) return 0;
  const auto encoding = (*tokenizer)->Encode(kText, true);
  if (!encoding.ok()) std::abort();
  for (size_t i = 0; i < encoding->input_ids.size(); ++i) {
    const voisin::encoder::ByteSpan span = encoding->offsets[i];
    const int32_t id = encoding->input_ids[i];
    if (id < 0 || id >= (*tokenizer)->vocab_size()) std::abort();
    if (span.begin > span.end || span.end > kText.size()) std::abort();
  }
  return 0;
}
