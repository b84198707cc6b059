#include <array>

#include "encoder/word_breaks.h"

namespace voisin::encoder {
namespace {

// Word_Break properties of ASCII, as far as they decide. ICU takes "@" for a letter.
enum class Break : unsigned char { other, letter, number, joiner, mid_both, mid_number };

constexpr std::array<Break, 128> MakeBreaks() {
  std::array<Break, 128> breaks{};
  for (size_t c = 'a'; c <= 'z'; ++c) breaks[c] = breaks[c - 'a' + 'A'] = Break::letter;
  for (size_t c = '0'; c <= '9'; ++c) breaks[c] = Break::number;
  breaks['@'] = Break::letter;
  breaks['_'] = Break::joiner;
  breaks['.'] = breaks['\''] = Break::mid_both;
  breaks[','] = breaks[';'] = Break::mid_number;
  return breaks;
}
constexpr std::array<Break, 128> kBreaks = MakeBreaks();

Break BreakOf(char c) { return kBreaks[static_cast<unsigned char>(c)]; }

bool InWord(Break type) { return type == Break::letter || type == Break::number || type == Break::joiner; }

// Rules WB6, WB7, WB11 and WB12: what stands between two letters, or two numbers, without parting them.
bool Joins(Break before, Break mid, Break after) {
  if (before != after) return false;
  if (before == Break::letter) return mid == Break::mid_both;
  return before == Break::number && (mid == Break::mid_both || mid == Break::mid_number);
}

// A run of word characters from `at` on: where it ends, and whether a letter or number is among them.
struct Run {
  size_t end;
  bool is_word;
};

Run RunFrom(std::string_view text, size_t at) {
  bool is_word = false;
  while (at < text.size()) {
    const Break type = BreakOf(text[at]);
    if (InWord(type)) {
      is_word = is_word || (type != Break::joiner && text[at] != '@');
      ++at;
    } else if (at + 1 < text.size() && Joins(BreakOf(text[at - 1]), type, BreakOf(text[at + 1]))) {
      ++at;
    } else {
      break;
    }
  }
  return {at, is_word};
}

}  // namespace

void FindAsciiWords(std::string_view text, uint32_t offset, std::vector<ByteSpan>& words) {
  for (size_t at = 0; at < text.size();) {
    if (!InWord(BreakOf(text[at]))) {
      ++at;
      continue;
    }
    const Run run = RunFrom(text, at);
    if (run.is_word)
      words.push_back({offset + static_cast<uint32_t>(at), offset + static_cast<uint32_t>(run.end)});
    at = run.end;
  }
}

}  // namespace voisin::encoder
