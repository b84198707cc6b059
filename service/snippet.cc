#include "service/snippet.h"

#include <algorithm>

#include "service/errors.h"

namespace voisin::service {
namespace {

using encoder::ByteSpan;

constexpr uint32_t kLeastBytes = 32;
constexpr uint32_t kMostBytes = 4096;
constexpr uint32_t kDefaultBytes = 240;

// From one match to another at most max_bytes away, of the greatest coverage.
std::optional<ByteSpan> BestMatches(std::span<const WordMatch> matches, std::span<const uint64_t> weights,
                                    uint32_t max_bytes) {
  std::optional<ByteSpan> best;
  uint64_t most = 0;
  Coverage coverage(weights);
  size_t end = 0;
  for (size_t begin = 0; begin < matches.size(); ++begin) {
    end = std::max(end, begin);
    while (end < matches.size() && matches[end].end - matches[begin].begin <= max_bytes) {
      coverage.Add(matches[end++].word);
    }
    if (coverage.sum() > most) {
      most = coverage.sum();
      best = {matches[begin].begin, matches[end - 1].end};
    }
    if (end > begin) coverage.Remove(matches[begin].word);
  }
  return best;
}

// The first of the words at the beginning that fits.
std::optional<ByteSpan> FirstWord(std::string_view text, uint32_t max_bytes, const TextBreaks& breaks) {
  for (const ByteSpan word : breaks.Words(text, PartAround(text, {}, max_bytes))) {
    if (word.end - word.begin <= max_bytes) return word;
  }
  return std::nullopt;
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A passage around a part of a text, its core. The core is made of whole words and fits.
class Framing {
 public:
  Framing(std::string_view text, ByteSpan core, uint32_t max_bytes, const TextBreaks& breaks)
      : text_(text), core_(core), max_bytes_(max_bytes) {
    const ByteSpan part = PartAround(text, core, max_bytes);
    words_ = breaks.Words(text, part);
    sentences_ = breaks.Sentences(text, part);
    // The first begins somewhere before the part, too far away.
    if (part.begin > 0) sentences_.front().begin = 0;
  }

  ByteSpan Passage() const {
    const uint32_t begin = Begin();
    const uint32_t end = End(begin);
    const bool is_last = end == sentences_.back().end;
    return {is_last ? FarthestBegin(end, begin) : begin, end};
  }

 private:
  // The sentence that the core begins in, or a word at most half of what is left before it.
  uint32_t Begin() const {
    uint32_t begin = core_.end;
    for (const ByteSpan sentence : sentences_) {
      if (sentence.begin <= core_.begin) begin = sentence.begin;
    }
    if (begin <= core_.begin && core_.end - begin <= max_bytes_) return begin;
    const uint32_t room = (max_bytes_ - (core_.end - core_.begin)) / 2;
    return FirstBegin(words_, core_.begin - std::min(room, core_.begin), core_.begin);
  }

  uint32_t End(uint32_t begin) const {
    const uint32_t limit = begin + max_bytes_;
    uint32_t sentence_end = 0;
    for (const ByteSpan sentence : sentences_) {
      if (sentence.end >= core_.end && sentence.end <= limit) sentence_end = sentence.end;
    }
    if (sentence_end == sentences_.back().end || sentence_end >= begin + max_bytes_ / 2) return sentence_end;
    uint32_t word_end = core_.end;
    for (const ByteSpan word : words_) {
      if (word.end <= limit) word_end = std::max(word_end, word.end);
    }
    return AfterPunctuation(word_end, limit);
  }

  // `end`, or behind what stands between it and white space, where that fits and is no word.
  uint32_t AfterPunctuation(uint32_t end, uint32_t limit) const {
    uint32_t at = end;
    while (at < text_.size() && at <= limit && !IsSpace(text_[at])) ++at;
    const auto begins_there = [end, at](ByteSpan word) { return word.begin >= end && word.begin < at; };
    return at <= limit && std::ranges::none_of(words_, begins_there) ? at : end;
  }

  // Where a passage that ends with the text begins: with a sentence, as early as it may; else with a word, where it does
  // not begin with a sentence or is not half full.
  uint32_t FarthestBegin(uint32_t end, uint32_t begin) const {
    const uint32_t from = end - std::min(end, max_bytes_);
    const uint32_t by_sentence = FirstBegin(sentences_, from, begin);
    const bool is_sentence = std::ranges::count(sentences_, begin, &ByteSpan::begin) > 0;
    if (by_sentence < begin || (is_sentence && end - begin >= max_bytes_ / 2)) return by_sentence;
    return FirstBegin(words_, from, begin);
  }

  // The first from `from` on; `begin` when it is not before that.
  static uint32_t FirstBegin(std::span<const ByteSpan> spans, uint32_t from, uint32_t begin) {
    for (const ByteSpan span : spans) {
      if (span.begin >= from) return std::min(span.begin, begin);
    }
    return begin;
  }

  const std::string_view text_;
  const ByteSpan core_;
  const uint32_t max_bytes_;
  std::vector<ByteSpan> words_;
  std::vector<ByteSpan> sentences_;
};

Snippet CutOut(std::string_view text, ByteSpan passage, std::span<const WordMatch> matches) {
  Snippet snippet{std::string(text.substr(passage.begin, passage.end - passage.begin)), passage.begin, {}};
  for (const WordMatch& match : matches) {
    if (match.begin < passage.begin || match.end > passage.end) continue;
    snippet.highlights.push_back({match.begin - passage.begin, match.end - passage.begin});
  }
  return snippet;
}

}  // namespace

Snippet MakeSnippet(std::string_view text, const QueryWords& words, uint32_t max_bytes,
                    const TextBreaks& breaks) {
  const std::vector<WordMatch> matches = words.FindIn(text);
  std::optional<ByteSpan> core = BestMatches(matches, words.weights(), max_bytes);
  if (!core) core = FirstWord(text, max_bytes, breaks);
  if (!core) return {};
  return CutOut(text, Framing(text, *core, max_bytes, breaks).Passage(), matches);
}

uint32_t SnippetBytes(const SnippetParams& params) {
  return params.max_bytes == 0 ? kDefaultBytes : params.max_bytes;
}

absl::Status CheckSnippet(const SnippetParams& params) {
  const uint32_t bytes = SnippetBytes(params);
  if (bytes >= kLeastBytes && bytes <= kMostBytes) return absl::OkStatus();
  return InvalidField("snippet.max_bytes",
                      "expected " + std::to_string(kLeastBytes) + " to " + std::to_string(kMostBytes) +
                          " (0: " + std::to_string(kDefaultBytes) + "), got " + std::to_string(bytes));
}

}  // namespace voisin::service
