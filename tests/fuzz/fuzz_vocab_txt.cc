// Any bytes as a vocab.txt: an error, or tokens that are read back from their lines; and, where the special ones are
// among them, a tokenizer.
#include <cstdint>
#include <string>

#include "encoder/tokenizer_families.h"
#include "encoder/vocab_txt.h"
#include "tests/fuzz/use_tokenizer.h"

namespace {

using namespace voisin::encoder;
using voisin::fuzz::Refused;
using voisin::fuzz::Require;

void ReadPieces(std::string_view text) {
  const auto pieces = ParseVocabTxt(text, "vocab.txt");
  if (Refused(pieces.status())) return;
  std::string lines;
  for (const std::string& piece : *pieces) lines += piece + "\r\n";
  Require(ParseVocabTxt(lines, "lines") == pieces);
}

void ReadTokenizer(std::string_view text, const char* tokenizer_class) {
  TokenizerSettings settings;
  settings.tokenizer_class = tokenizer_class;
  voisin::fuzz::UseDefinition(DefineWordPiece(text, "vocab.txt", settings));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadPieces(text);
  ReadTokenizer(text, "BertTokenizer");
  ReadTokenizer(text, "MPNetTokenizer");
  return 0;
}
