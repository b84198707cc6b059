#include "encoder/pre_tokenizer.h"

#include <array>
#include <utility>

#include "encoder/characters.h"
#include "encoder/split.h"

namespace voisin::encoder {
namespace {

enum class BertClass : unsigned char { other, space, punctuation };

BertClass ClassOf(char32_t c) {
  if (IsWhiteSpace(c)) return BertClass::space;
  return IsBertPunctuation(c) ? BertClass::punctuation : BertClass::other;
}

constexpr size_t kAscii = 0x80;

const std::array<BertClass, kAscii>& AsciiClasses() {
  static const std::array<BertClass, kAscii> of_ascii = [] {
    std::array<BertClass, kAscii> classes{};
    for (char32_t c = 0; c < kAscii; ++c) classes[c] = ClassOf(c);
    return classes;
  }();
  return of_ascii;
}

void CutBertWords(std::string_view text, Word word, std::vector<Word>& words) {
  const auto& ascii = AsciiClasses();
  uint32_t begin = word.begin;
  const auto end_word = [&](uint32_t end) {
    if (begin < end) words.push_back({begin, end});
  };
  for (uint32_t at = word.begin; at < word.end;) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = at + static_cast<uint32_t>(Utf8Length(text[at]));
    const BertClass c = byte < kAscii ? ascii[byte] : ClassOf(DecodeAt(text, at));
    if (c != BertClass::other) {
      end_word(at);
      if (c == BertClass::punctuation) words.push_back({at, next});
      begin = next;
    }
    at = next;
  }
  end_word(word.end);
}

enum class WordClass { space, word, other };

WordClass WordClassOf(char32_t c) {
  if (IsWordCharacter(c)) return WordClass::word;
  return IsWhiteSpace(c) ? WordClass::space : WordClass::other;
}

void CutWordRuns(std::string_view text, Word word, std::vector<Word>& words) {
  WordClass before = WordClass::space;
  for (uint32_t at = word.begin; at < word.end;) {
    const auto next = at + static_cast<uint32_t>(Utf8Length(text[at]));
    const WordClass c = WordClassOf(DecodeAt(text, at));
    if (c != WordClass::space && c == before) {
      words.back().end = next;
    } else if (c != WordClass::space) {
      words.push_back({at, next});
    }
    before = c;
    at = next;
  }
}

// Rewrites every word of `in` with U+0020 as a mark.
class Marker {
 public:
  Marker(const WordList& in, const Metaspace& options) : in_(in), options_(options) {}

  WordList Mark() {
    out_.text.Reserve(in_.text.text.size() + 2 * in_.words.size());
    for (const Word& word : in_.words) AddWord(word);
    return std::move(out_);
  }

 private:
  void AddWord(Word word) {
    begin_ = out_.text.text.size();
    if (WantsMark(word)) {
      const uint32_t position = in_.text.source[word.begin].begin;
      out_.text.Append(options_.replacement, {position, position});
    }
    for (uint32_t at = word.begin; at < word.end;) {
      const uint32_t mark = MarkLength(at, word.end);
      const uint32_t next = at + (mark > 0 ? mark : 1);
      if (options_.split && mark > 0) EndWord();
      if (in_.text.text[at] == ' ') {
        out_.text.Append(options_.replacement, in_.text.source[at]);
      } else {
        out_.text.AppendRange(in_.text, at, next);
      }
      at = next;
    }
    EndWord();
  }

  bool WantsMark(Word word) const {
    if (!options_.prepend_to_marked && MarkLength(word.begin, word.end) > 0) return false;
    switch (options_.prepend) {
      case MetaspacePrepend::always:
        return true;
      case MetaspacePrepend::first:
        return in_.text.source[word.begin].begin == 0;
      case MetaspacePrepend::never:
        return false;
    }
    return false;
  }

  // Bytes of the space or mark at `at`; 0 when there is none.
  uint32_t MarkLength(uint32_t at, uint32_t end) const {
    if (in_.text.text[at] == ' ') return 1;
    const std::string_view rest = std::string_view(in_.text.text).substr(at, end - at);
    return rest.starts_with(options_.replacement) ? static_cast<uint32_t>(options_.replacement.size()) : 0;
  }

  void EndWord() {
    const size_t end = out_.text.text.size();
    if (end > begin_) out_.words.push_back({static_cast<uint32_t>(begin_), static_cast<uint32_t>(end)});
    begin_ = end;
  }

  const WordList& in_;
  const Metaspace& options_;
  WordList out_;
  size_t begin_ = 0;
};

WordList AddPrefixSpaces(const WordList& in) {
  WordList out;
  out.text.Reserve(in.text.text.size() + in.words.size());
  for (const Word& word : in.words) {
    const auto begin = static_cast<uint32_t>(out.text.text.size());
    const uint32_t position = in.text.source[word.begin].begin;
    if (in.text.text[word.begin] != ' ') out.text.Append(" ", {position, position});
    out.text.AppendRange(in.text, word.begin, word.end);
    out.words.push_back({begin, static_cast<uint32_t>(out.text.text.size())});
  }
  return out;
}

// Applies one step to all words of `list`.
class Applier {
 public:
  explicit Applier(WordList& list) : list_(list) {}

  void operator()(const WhitespaceSplit&) { SplitCharacters(IsWhiteSpace, SplitBehavior::removed); }
  void operator()(const WordRuns&) { Split(CutWordRuns); }
  void operator()(const BertPreTokenizer&) { Split(CutBertWords); }
  void operator()(const PunctuationSplit& split) { SplitCharacters(IsBertPunctuation, split.behavior); }
  void operator()(const DigitSplit& split) {
    SplitCharacters(IsNumber, split.individual_digits ? SplitBehavior::isolated : SplitBehavior::contiguous);
  }
  void operator()(const LiteralSplit& split) {
    Split([&](std::string_view text, Word word, std::vector<Word>& words) {
      CutAtLiteral(text, word, split.pattern, pieces_);
      AppendSplit(pieces_, split.behavior, words);
    });
  }
  void operator()(BytePattern pattern) {
    Split([pattern](std::string_view text, Word word, std::vector<Word>& words) {
      AppendMatches(text, word, pattern, words);
    });
  }
  void operator()(const Metaspace& metaspace) { list_ = Marker(list_, metaspace).Mark(); }
  void operator()(const PrefixSpace&) { list_ = AddPrefixSpaces(list_); }

 private:
  template <typename Cut>
  void Split(Cut cut) {
    std::vector<Word> words;
    words.reserve(list_.text.text.size() / 4 + 1);
    for (const Word& word : list_.words) cut(list_.text.text, word, words);
    list_.words = std::move(words);
  }

  void SplitCharacters(bool (*is_delimiter)(char32_t), SplitBehavior behavior) {
    Split([&](std::string_view text, Word word, std::vector<Word>& words) {
      CutAtCharacters(text, word, is_delimiter, pieces_);
      AppendSplit(pieces_, behavior, words);
    });
  }

  WordList& list_;
  std::vector<Piece> pieces_;
};

}  // namespace

WordList PreTokenize(NormalizedText text, const std::vector<PreTokenizerStep>& steps) {
  WordList list{.text = std::move(text), .words = {}};
  if (list.text.text.empty()) return list;
  list.words.push_back({0, static_cast<uint32_t>(list.text.text.size())});
  for (const PreTokenizerStep& step : steps) std::visit(Applier(list), step);
  return list;
}

}  // namespace voisin::encoder
