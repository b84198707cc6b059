#include "encoder/byte_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr char32_t kAlphabetEnd = 0x144;

// The byte that `piece` spells as <0xHH>, or -1.
int ByteOf(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  unsigned byte = 0;
  const char* const digits = piece.data() + 3;
  const auto read = std::from_chars(digits, digits + 2, byte, 16);
  const bool upper = std::none_of(digits, digits + 2, [](char c) { return c >= 'a'; });
  return read.ptr == digits + 2 && upper ? static_cast<int>(byte) : -1;
}

// Bytes that are printable in Latin-1 stand for themselves, the others for U+0100, U+0101, ... in order.
std::array<int16_t, kAlphabetEnd> MakeAlphabet() {
  std::array<int16_t, kAlphabetEnd> bytes;
  bytes.fill(-1);
  size_t next = 0x100;
  for (size_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    bytes[printable ? byte : next++] = static_cast<int16_t>(byte);
  }
  return bytes;
}

}  // namespace

std::vector<int32_t> ByteTokens(const std::vector<std::string>& pieces) {
  std::vector<int32_t> ids(256, -1);
  for (size_t id = 0; id < pieces.size(); ++id) {
    const int byte = ByteOf(pieces[id]);
    if (byte >= 0) ids[static_cast<size_t>(byte)] = static_cast<int32_t>(id);
  }
  if (std::find(ids.begin(), ids.end(), -1) != ids.end()) ids.clear();
  return ids;
}

std::string DecodeByteLevel(std::string_view piece) {
  static const std::array<int16_t, kAlphabetEnd> alphabet = MakeAlphabet();
  std::string bytes;
  for (size_t at = 0; at < piece.size(); at += Utf8Length(piece[at])) {
    const char32_t character = DecodeAt(piece, at);
    if (character >= kAlphabetEnd || alphabet[character] < 0) return {};
    bytes.push_back(static_cast<char>(alphabet[character]));
  }
  return bytes;
}

}  // namespace voisin::encoder
