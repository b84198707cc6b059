#include "encoder/utf8.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace voisin::encoder {
namespace {

constexpr uint64_t kHighBits = 0x8080808080808080;

// What a lead byte above 0x7f asks for: continuation bytes, and the range of the first of them.
struct Sequence {
  size_t continuations;
  unsigned char low;
  unsigned char high;
};

Sequence SequenceOf(unsigned char lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return {1, 0x80, 0xbf};
  if (lead == 0xe0) return {2, 0xa0, 0xbf};
  if (lead == 0xed) return {2, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef) return {2, 0x80, 0xbf};
  if (lead == 0xf0) return {3, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3) return {3, 0x80, 0xbf};
  if (lead == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0};
}

// Bytes of the well-formed non-ASCII character at the front of `text`; 0 when it is ill-formed.
size_t WellFormedLength(std::string_view text) {
  const Sequence sequence = SequenceOf(static_cast<unsigned char>(text[0]));
  if (sequence.continuations == 0 || text.size() <= sequence.continuations) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < sequence.low || second > sequence.high) return 0;
  for (size_t i = 2; i <= sequence.continuations; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return sequence.continuations + 1;
}

}  // namespace

size_t AsciiPrefix(std::string_view text) {
  size_t at = 0;
  for (uint64_t word; at + sizeof(word) <= text.size(); at += sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    if ((word & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

bool IsAscii(std::string_view text) { return AsciiPrefix(text) == text.size(); }

absl::Status CheckUtf8(std::string_view text) {
  size_t at = AsciiPrefix(text);
  while (at < text.size()) {
    const bool ascii = static_cast<unsigned char>(text[at]) < 0x80;
    const size_t length = ascii ? 1 : WellFormedLength(text.substr(at));
    if (length == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("text is not valid UTF-8 at byte ", at, " (0x",
                       absl::Hex(static_cast<unsigned char>(text[at]), absl::kZeroPad2), ")"));
    }
    at += length;
  }
  return absl::OkStatus();
}

char32_t DecodeAt(std::string_view text, size_t at) {
  const size_t length = Utf8Length(text[at]);
  const auto lead = static_cast<unsigned char>(text[at]);
  if (length == 1) return lead;
  char32_t character = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i)
    character = (character << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
  return character;
}

void AppendUtf8(char32_t character, std::string& text) {
  const auto low = [character](int shift) {
    return static_cast<char>(0x80u | ((character >> shift) & 0x3fu));
  };
  if (character < 0x80) {
    text += static_cast<char>(character);
  } else if (character < 0x800) {
    text += {static_cast<char>(0xc0u | (character >> 6)), low(0)};
  } else if (character < 0x10000) {
    text += {static_cast<char>(0xe0u | (character >> 12)), low(6), low(0)};
  } else {
    text += {static_cast<char>(0xf0u | (character >> 18)), low(12), low(6), low(0)};
  }
}

}  // namespace voisin::encoder
