// Any bytes as a SentencePiece .model: an error, or pieces that are read back from their own encoding; and, where they
// begin as the tokenizer classes have them, a tokenizer of each class.
#include <algorithm>
#include <cstdint>
#include <string>

#include "encoder/sentence_piece.h"
#include "encoder/tokenizer_families.h"
#include "tests/fuzz/use_tokenizer.h"
#include "tests/support/sentence_piece_writer.h"

namespace {

using namespace voisin::encoder;
using voisin::fuzz::Refused;
using voisin::fuzz::Require;

bool Same(const SentencePieceModel::Piece& one, const SentencePieceModel::Piece& other) {
  return one.text == other.text && one.score == other.score && one.type == other.type;
}

void ReadPieces(std::string_view bytes) {
  const auto model = ParseSentencePieceModel(bytes, "a.model");
  if (Refused(model.status())) return;
  std::vector<voisin::test::SentencePieceEntry> entries;
  for (const auto& piece : model->pieces) {
    entries.push_back({piece.text, static_cast<float>(piece.score), static_cast<int>(piece.type)});
  }
  const auto again = ParseSentencePieceModel(voisin::test::WritePieces(entries), "again.model");
  Require(again.ok() && std::ranges::equal(again->pieces, model->pieces, Same));
}

void ReadTokenizer(std::string_view bytes, const char* tokenizer_class) {
  TokenizerSettings settings;
  settings.tokenizer_class = tokenizer_class;
  voisin::fuzz::UseDefinition(DefineSentencePiece(bytes, "a.model", settings));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadPieces(bytes);
  ReadTokenizer(bytes, "XLMRobertaTokenizer");
  ReadTokenizer(bytes, "CamembertTokenizer");
  return 0;
}
