#include <algorithm>
#include <string>
#include <string_view>

#include "encoder/text_encoder.h"

namespace voisin::encoder {
namespace {

bool IsTwoByteSpace(unsigned char a, unsigned char b) {
  return a == 0xC2 && (b == 0x85 || b == 0xA0);  // U+0085, U+00A0
}

bool IsThreeByteSpace(unsigned char a, unsigned char b, unsigned char c) {
  if (a == 0xE1) return b == 0x9A && c == 0x80;  // U+1680
  if (a == 0xE3) return b == 0x80 && c == 0x80;  // U+3000
  if (a != 0xE2) return false;
  if (b == 0x81) return c == 0x9F;  // U+205F
  return b == 0x80 &&
         ((c >= 0x80 && c <= 0x8A) || c == 0xA8 || c == 0xA9 || c == 0xAF);  // U+2000..200A, 2028, 2029, 202F
}

// Bytes of the White_Space character that `text` begins with; 0 when it begins with none.
size_t LeadingSpace(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  if (byte(0) == ' ' || (byte(0) >= 0x09 && byte(0) <= 0x0D)) return 1;
  if (text.size() >= 2 && IsTwoByteSpace(byte(0), byte(1))) return 2;
  if (text.size() >= 3 && IsThreeByteSpace(byte(0), byte(1), byte(2))) return 3;
  return 0;
}

// Bytes of the White_Space character that `text` ends with; 0 when it ends with none.
size_t TrailingSpace(std::string_view text) {
  for (size_t size = 1; size <= std::min<size_t>(3, text.size()); ++size) {
    if (LeadingSpace(text.substr(text.size() - size)) == size) return size;
  }
  return 0;
}

}  // namespace

std::string_view TrimWhitespace(std::string_view text) {
  while (const size_t space = LeadingSpace(text)) text.remove_prefix(space);
  while (const size_t space = TrailingSpace(text)) text.remove_suffix(space);
  return text;
}

std::string CollapseWhitespace(std::string_view text) {
  std::string collapsed;
  collapsed.reserve(text.size());
  bool pending = false;
  while (!text.empty()) {
    const size_t space = LeadingSpace(text);
    if (space > 0) {
      pending = !collapsed.empty();
      text.remove_prefix(space);
      continue;
    }
    if (pending) collapsed += ' ';
    pending = false;
    collapsed += text.front();
    text.remove_prefix(1);
  }
  return collapsed;
}

}  // namespace voisin::encoder
