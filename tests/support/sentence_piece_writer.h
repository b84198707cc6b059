#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace voisin::test {

struct SentencePieceEntry {
  std::string text;
  float score = 0;
  int type =
      1;  // sentencepiece_model.proto: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
};

// Protobuf's wire format, as much as the tests of its reader need.
std::string WireVarint(int field, uint64_t value);
std::string WireBytes(int field, std::string_view bytes);
std::string WireFloat(int field, float value);

std::string WirePiece(const SentencePieceEntry& entry);
// A ModelProto of the pieces and nothing else.
std::string WritePieces(const std::vector<SentencePieceEntry>& entries);

}  // namespace voisin::test
