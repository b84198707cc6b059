#include "clients/cli/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace voisin::cli {
namespace {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 1;
  bool ok = false;  // false: `bytes` is 1 and the byte is ill-formed
};

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

// Number of bytes that a first byte announces; 0 for one that starts nothing.
size_t SequenceLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

bool IsScalar(uint32_t value, size_t length) {
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  return value >= kSmallest[length] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

// `text` is not empty.
CodePoint Decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = SequenceLength(first);
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {first, 1, true};
  uint32_t value = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {};
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  return IsScalar(value, length) ? CodePoint{value, length, true} : CodePoint{};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

// Blocks of combining marks and invisible characters, and of wide characters (Unicode Standard Annex 11), ascending.
constexpr std::array kZeroWidth = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x0900, 0x0902}, Range{0x093C, 0x093C}, Range{0x0941, 0x0948},
    Range{0x0E34, 0x0E3A}, Range{0x0E47, 0x0E4E}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF},
    Range{0x200B, 0x200F}, Range{0x202A, 0x202E}, Range{0x2060, 0x2064}, Range{0x20D0, 0x20FF},
    Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xFEFF, 0xFEFF}, Range{0xE0100, 0xE01EF}};
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

template <size_t kSize>
bool Contains(const std::array<Range, kSize>& ranges, uint32_t value) {
  auto above = std::ranges::upper_bound(ranges, value, {}, &Range::first);
  return above != ranges.begin() && value <= std::prev(above)->last;
}

size_t WidthOf(const CodePoint& point) {
  if (point.value < 0x300) return 1;
  if (Contains(kZeroWidth, point.value)) return 0;
  return Contains(kWide, point.value) ? 2 : 1;
}

bool IsControl(const CodePoint& point) {
  return point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0) ||
         (point.value >= 0x202A && point.value <= 0x202E) || point.value == 0x2028 || point.value == 0x2029;
}

}  // namespace

std::optional<size_t> FirstIllFormedByte(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = Decode(text.substr(at));
    if (!point.ok) return at;
    at += point.bytes;
  }
  return std::nullopt;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    width += WidthOf(point);
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string CutToWidth(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return {};
  size_t used = 0;
  size_t at = 0;
  while (at < text.size()) {
    const CodePoint point = Decode(text.substr(at));
    used += WidthOf(point);
    if (used > width - 1) break;
    at += point.bytes;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string Printable(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    if (!point.ok) {
      printable += "\uFFFD";
    } else if (IsControl(point)) {
      printable += ' ';
    } else {
      printable += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return printable;
}

}  // namespace voisin::cli
