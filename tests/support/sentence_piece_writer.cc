#include "tests/support/sentence_piece_writer.h"

#include <bit>
#include <cstdint>

namespace voisin::test {
namespace {

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string Tag(int field, int type) {
  return Varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type));
}

}  // namespace

std::string WireVarint(int field, uint64_t value) { return Tag(field, 0) + Varint(value); }

std::string WireBytes(int field, std::string_view bytes) {
  return Tag(field, 2) + Varint(bytes.size()) + std::string(bytes);
}

std::string WireFloat(int field, float value) {
  std::string bytes = Tag(field, 5);
  const auto bits = std::bit_cast<uint32_t>(value);
  for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
  return bytes;
}

std::string WirePiece(const SentencePieceEntry& entry) {
  return WireBytes(1, WireBytes(1, entry.text) + WireFloat(2, entry.score) +
                          WireVarint(3, static_cast<uint64_t>(entry.type)));
}

std::string WritePieces(const std::vector<SentencePieceEntry>& entries) {
  std::string model;
  for (const SentencePieceEntry& entry : entries) model += WirePiece(entry);
  return model;
}

}  // namespace voisin::test
