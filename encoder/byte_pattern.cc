#include <algorithm>

#include "encoder/characters.h"
#include "encoder/split.h"

namespace voisin::encoder {
namespace {

// The three expressions differ in four places; the alternatives are tried in this order at every position:
//
//   gpt2:   's|'t|'re|'ve|'m|'ll|'d          cl100k, qwen2: (?i:'s|'t|'re|'ve|'m|'ll|'d)
//            ?\p{L}+                                        [^\r\n\p{L}\p{N}]?\p{L}+
//            ?\p{N}+                                        \p{N}{1,3} (qwen2: \p{N})
//            ?[^\s\p{L}\p{N}]+                              ?[^\s\p{L}\p{N}]+[\r\n]*
//                                                          \s*[\r\n]+
//           \s+(?!\S)|\s+                                  the same
class Matcher {
 public:
  Matcher(std::string_view text, Word word, BytePattern pattern)
      : text_(text.substr(0, word.end)), pattern_(pattern) {}

  // Where the match at `at` ends.
  size_t End(size_t at) const {
    for (const auto alternative :
         {&Matcher::Contraction, &Matcher::Letters, &Matcher::Numbers, &Matcher::Symbols, &Matcher::Spaces}) {
      const size_t end = (this->*alternative)(at);
      if (end > at) return end;
    }
    return Next(at);
  }

 private:
  enum class Class { letter, number, space, symbol };

  bool gpt2() const { return pattern_ == BytePattern::gpt2; }
  size_t Next(size_t at) const { return at + Utf8Length(text_[at]); }
  bool IsLineEnd(size_t at) const { return at < text_.size() && (text_[at] == '\r' || text_[at] == '\n'); }

  Class ClassAt(size_t at) const {
    const auto c = static_cast<unsigned char>(text_[at]);
    if (c >= 0x80) return WideClass(DecodeAt(text_, at));
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Class::letter;
    if (c >= '0' && c <= '9') return Class::number;
    return c == ' ' || (c >= '\t' && c <= '\r') ? Class::space : Class::symbol;
  }

  static Class WideClass(char32_t c) {
    if (IsLetter(c)) return Class::letter;
    if (IsNumber(c)) return Class::number;
    return IsWhiteSpace(c) ? Class::space : Class::symbol;
  }

  bool Is(size_t at, Class wanted) const { return at < text_.size() && ClassAt(at) == wanted; }

  size_t RunEnd(size_t at, Class wanted) const {
    while (Is(at, wanted)) at = Next(at);
    return at;
  }

  // Behind the optional space that stands before a run.
  size_t AfterSpace(size_t at) const { return text_[at] == ' ' ? at + 1 : at; }

  char LetterAt(size_t at) const {
    if (at >= text_.size()) return 0;
    const char c = text_[at];
    return !gpt2() && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }

  // Case-insensitively, U+017F is an s.
  bool IsLongS(size_t at) const { return !gpt2() && text_.substr(at).starts_with("\u017f"); }

  size_t Contraction(size_t at) const {
    if (text_[at] != '\'') return at;
    const char first = LetterAt(at + 1);
    const char second = LetterAt(at + 2);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
    if (at + 1 < text_.size() && IsLongS(at + 1)) return at + 3;
    const bool two =
        (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l');
    return two ? at + 3 : at;
  }

  size_t Letters(size_t at) const {
    size_t begin = gpt2() ? AfterSpace(at) : at;
    const Class first = ClassAt(at);
    const bool takes_any = !gpt2() && first != Class::letter && first != Class::number && !IsLineEnd(at);
    if (takes_any) begin = Next(at);
    const size_t end = RunEnd(begin, Class::letter);
    return end > begin ? end : at;
  }

  size_t Numbers(size_t at) const {
    const size_t begin = gpt2() ? AfterSpace(at) : at;
    if (gpt2()) {
      const size_t end = RunEnd(begin, Class::number);
      return end > begin ? end : at;
    }
    size_t end = at;
    for (int most = pattern_ == BytePattern::cl100k ? 3 : 1; most > 0 && Is(end, Class::number); --most)
      end = Next(end);
    return end;
  }

  size_t Symbols(size_t at) const {
    const size_t begin = AfterSpace(at);
    size_t end = RunEnd(begin, Class::symbol);
    if (end == begin) return at;
    while (!gpt2() && IsLineEnd(end)) ++end;
    return end;
  }

  // White space up to its last line end; or all but the last character, which goes with what follows; or all.
  size_t Spaces(size_t at) const {
    size_t last = at;
    size_t line_end = at;
    size_t end = at;
    for (; Is(end, Class::space); end = Next(end)) {
      last = end;
      if (!gpt2() && IsLineEnd(end)) line_end = end + 1;
    }
    if (line_end > at) return line_end;
    return end == text_.size() || last == at ? end : last;
  }

  const std::string_view text_;
  const BytePattern pattern_;
};

}  // namespace

void AppendMatches(std::string_view text, Word word, BytePattern pattern, std::vector<Word>& words) {
  const Matcher matcher(text, word, pattern);
  for (uint32_t at = word.begin; at < word.end;) {
    const auto end = static_cast<uint32_t>(matcher.End(at));
    words.push_back({at, end});
    at = end;
  }
}

}  // namespace voisin::encoder
