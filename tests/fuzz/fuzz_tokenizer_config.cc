// Any bytes as a tokenizer_config.json: an error, or settings with which a vocabulary of their class becomes a
// tokenizer or is refused with a reason.
#include <cstdint>

#include "encoder/tokenizer_families.h"
#include "tests/fuzz/use_tokenizer.h"
#include "tests/support/sentence_piece_writer.h"

namespace {

using namespace voisin::encoder;
using voisin::fuzz::Refused;
using voisin::fuzz::UseDefinition;

constexpr std::string_view kVocabTxt = "[UNK]\n[CLS]\n[SEP]\n[PAD]\n[MASK]\n<s>\n</s>\na\nb\n##b\nend\n";
constexpr std::string_view kVocabJson = R"({"<s>":0,"</s>":1,"<unk>":2,"a":3,"b":4,"ab":5})";
constexpr std::string_view kMergesTxt = "#version: 0.2\na b\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string model = voisin::test::WritePieces(
      {{"<unk>", 0, 2}, {"<s>", 0, 3}, {"</s>", 0, 3}, {"\u2581", -1}, {"a", -2}, {"<u>", 0, 4}});
  const auto settings =
      ParseTokenizerConfig({reinterpret_cast<const char*>(data), size}, "tokenizer_config.json");
  if (Refused(settings.status())) return 0;
  UseDefinition(DefineWordPiece(kVocabTxt, "vocab.txt", *settings));
  UseDefinition(DefineByteLevelBpe({kVocabJson, "vocab.json", kMergesTxt, "merges.txt"}, *settings));
  UseDefinition(DefineSentencePiece(model, "a.model", *settings));
  return 0;
}
