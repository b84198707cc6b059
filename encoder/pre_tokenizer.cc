#include "encoder/pre_tokenizer.h"

#include <unicode/uchar.h>

#include <string_view>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr std::string_view kMark = "\u2581";

bool IsWhiteSpaceAt(std::string_view text, size_t at) {
  return u_isUWhiteSpace(static_cast<UChar32>(DecodeAt(text, at))) != 0;
}

class WordSplitter {
 public:
  WordSplitter(const NormalizedText& input, const PreTokenizerOptions& options, bool at_start)
      : input_(input), options_(options), at_start_(at_start) {}

  WordList Split() {
    output_.text.text.reserve(input_.text.size() + input_.text.size() / 2);
    output_.text.source.reserve(input_.text.size() + input_.text.size() / 2);
    if (options_.split_white_space) {
      AddSplit();
    } else {
      AddText(0, input_.text.size());
    }
    return std::move(output_);
  }

 private:
  void AddSplit() {
    const std::string_view text = input_.text;
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
      const size_t next = at + Utf8Length(text[at]);
      if (IsWhiteSpaceAt(text, at)) {
        AddText(begin, at);
        begin = next;
      }
      at = next;
    }
    AddText(begin, text.size());
  }

  void AddText(size_t begin, size_t end) {
    if (begin == end) return;
    if (options_.metaspace) {
      AddMarked(begin, end);
    } else {
      for (size_t at = begin; at < end; ++at) Copy(at);
    }
    EndWord();
  }

  void AddMarked(size_t begin, size_t end) {
    if (WantsMark(begin)) {
      const uint32_t position = input_.source[begin].begin;
      output_.text.Append(kMark, {position, position});
    }
    const bool starts_marked = output_.text.text.size() > word_begin_;
    for (size_t at = begin; at < end; ++at) {
      const bool cuts = options_.split_words && BeginsMark(at) && (at > begin || starts_marked);
      if (cuts) EndWord();
      if (input_.text[at] == ' ') {
        output_.text.Append(kMark, input_.source[at]);
      } else {
        Copy(at);
      }
    }
  }

  bool WantsMark(size_t begin) const {
    if (!options_.prepend_to_marked && BeginsMark(begin)) return false;
    switch (options_.prepend) {
      case MetaspacePrepend::always:
        return true;
      case MetaspacePrepend::first:
        return at_start_ && begin == 0;
      case MetaspacePrepend::never:
        return false;
    }
    return false;
  }

  bool BeginsMark(size_t at) const {
    return input_.text[at] == ' ' || std::string_view(input_.text).substr(at).starts_with(kMark);
  }

  void Copy(size_t at) {
    output_.text.text.push_back(input_.text[at]);
    output_.text.source.push_back(input_.source[at]);
  }

  void EndWord() { output_.ends.push_back(word_begin_ = output_.text.text.size()); }

  const NormalizedText& input_;
  const PreTokenizerOptions& options_;
  const bool at_start_;
  WordList output_;
  size_t word_begin_ = 0;
};

}  // namespace

WordList SplitWords(const NormalizedText& normalized, const PreTokenizerOptions& options, bool at_start) {
  return WordSplitter(normalized, options, at_start).Split();
}

}  // namespace voisin::encoder
