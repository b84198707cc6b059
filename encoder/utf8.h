#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace voisin::encoder {

// InvalidArgument, naming the first byte that is not part of well-formed UTF-8 (Unicode table 3-7).
absl::Status CheckUtf8(std::string_view text);

bool IsAscii(std::string_view text);

// Bytes before the first that is not ASCII.
size_t AsciiPrefix(std::string_view text);

// Bytes of the character that `lead` begins, in well-formed UTF-8.
constexpr size_t Utf8Length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// The character that begins at byte `at` of well-formed UTF-8.
char32_t DecodeAt(std::string_view text, size_t at);

// `character` is a Unicode scalar value.
void AppendUtf8(char32_t character, std::string& text);

}  // namespace voisin::encoder
