#include "encoder/pipeline_tokenizer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/subword_model.h"
#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 30;

// The added tokens that are found in the raw text, or in the normalised one.
std::vector<AddedToken> SelectTokens(const TokenizerDefinition& definition, bool normalized) {
  std::vector<AddedToken> tokens;
  for (AddedToken token : definition.added_tokens) {
    if (token.normalized != normalized) continue;
    if (normalized) token.content = Normalize(token.content, 0, definition.normalizer).text;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Added tokens whose id lies behind the pieces.
std::vector<std::string> ExtraTexts(const TokenizerDefinition& definition) {
  std::vector<std::string> texts;
  const size_t pieces = PiecesOf(definition.model).size();
  for (const AddedToken& token : definition.added_tokens) {
    const auto id = static_cast<size_t>(token.id);
    if (id < pieces) continue;
    texts.resize(std::max(texts.size(), id - pieces + 1));
    texts[id - pieces] = token.content;
  }
  return texts;
}

bool ContinuesCharacter(std::string_view text, uint32_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

class PipelineTokenizer : public Tokenizer {
 public:
  explicit PipelineTokenizer(TokenizerDefinition definition)
      : raw_tokens_(SelectTokens(definition, false)),
        normalized_tokens_(SelectTokens(definition, true)),
        extra_texts_(ExtraTexts(definition)),
        normalizer_(std::move(definition.normalizer)),
        pre_tokenizer_(std::move(definition.pre_tokenizer)),
        model_(MakeSubwordModel(std::move(definition.model))),
        post_processor_(std::move(definition.post_processor)) {}

  absl::StatusOr<Encoding> Encode(std::string_view text, bool add_special_tokens) const override {
    return EncodePair(text, std::nullopt, {.add_special_tokens = add_special_tokens});
  }
  absl::StatusOr<Encoding> EncodePair(std::string_view text, std::optional<std::string_view> text_pair,
                                      const EncodeOptions& options) const override;
  int32_t special_tokens_before() const override { return TokensBeforeText(post_processor_.single); }
  int32_t special_tokens_after() const override { return TokensAfterText(post_processor_.single); }
  std::string_view TokenText(int32_t id) const override;
  int32_t vocab_size() const override {
    return static_cast<int32_t>(model_->pieces().size() + extra_texts_.size());
  }

 private:
  absl::StatusOr<TokenRun> EncodeText(std::string_view text, size_t enough) const;
  void AddNormalized(std::string_view text, NormalizedText normalized, TokenRun& run) const;
  void AddWords(std::string_view text, NormalizedText normalized, TokenRun& run) const;
  ByteSpan SpanOf(std::string_view text, const NormalizedText& words, const Segment& segment) const;

  AddedTokenFinder raw_tokens_;
  AddedTokenFinder normalized_tokens_;
  std::vector<std::string> extra_texts_;  // of the ids behind the pieces
  std::vector<NormalizerStep> normalizer_;
  std::vector<PreTokenizerStep> pre_tokenizer_;
  std::unique_ptr<SubwordModel> model_;
  PostProcessor post_processor_;
};

std::string_view PipelineTokenizer::TokenText(int32_t id) const {
  if (id < 0 || id >= vocab_size()) return {};
  const auto index = static_cast<size_t>(id);
  const size_t pieces = model_->pieces().size();
  return index < pieces ? model_->pieces()[index] : extra_texts_[index - pieces];
}

absl::StatusOr<Encoding> PipelineTokenizer::EncodePair(std::string_view text,
                                                       std::optional<std::string_view> text_pair,
                                                       const EncodeOptions& options) const {
  const Template& items = text_pair ? post_processor_.pair : post_processor_.single;
  const auto special = static_cast<size_t>(options.add_special_tokens ? SpecialTokens(items) : 0);
  if (options.max_length < special) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", options.max_length, " tokens are wanted, ", special, " are special tokens"));
  }
  ASSIGN_OR_RETURN(TokenRun first, EncodeText(text, options.max_length));
  TokenRun second;
  if (text_pair) {
    ASSIGN_OR_RETURN(second, EncodeText(*text_pair, options.max_length));
  }
  TruncateLongestFirst(options.max_length - special, first, second);
  return FillTemplate(items, first, second, options.add_special_tokens);
}

// Cuts the text at added tokens; what lies between them is plain text. Ends behind the word that makes `enough` tokens:
// so does the library, and the lengths it has then decide which text of a pair is the longer one.
absl::StatusOr<TokenRun> PipelineTokenizer::EncodeText(std::string_view text, size_t enough) const {
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("text has ", text.size(), " bytes, expected at most ", kMaxTextBytes));
  }
  RETURN_IF_ERROR(CheckUtf8(text));
  TokenRun run;
  run.enough = enough;
  run.text_bytes = static_cast<uint32_t>(text.size());
  const auto add_plain = [&](uint32_t begin, uint32_t end) {
    if (begin < end) AddNormalized(text, Normalize(text.substr(begin, end - begin), begin, normalizer_), run);
  };
  uint32_t begin = 0;
  for (const AddedTokenFinder::Match& match : raw_tokens_.Find(text)) {
    add_plain(begin, match.begin);
    if (run.IsFull()) return run;
    run.Add(match.id, {match.begin, match.end});
    begin = match.end;
  }
  add_plain(begin, run.text_bytes);
  return run;
}

// The same for the added tokens of the normalised text.
void PipelineTokenizer::AddNormalized(std::string_view text, NormalizedText normalized, TokenRun& run) const {
  if (normalized_tokens_.empty()) return AddWords(text, std::move(normalized), run);
  const auto add_plain = [&](size_t begin, size_t end) {
    NormalizedText plain;
    plain.AppendRange(normalized, begin, end);
    AddWords(text, std::move(plain), run);
  };
  size_t begin = 0;
  for (const AddedTokenFinder::Match& match : normalized_tokens_.Find(normalized.text)) {
    add_plain(begin, match.begin);
    if (run.IsFull()) return;
    run.Add(match.id, normalized.SourceOf(match.begin, match.end));
    begin = match.end;
  }
  add_plain(begin, normalized.text.size());
}

void PipelineTokenizer::AddWords(std::string_view text, NormalizedText normalized, TokenRun& run) const {
  if (run.IsFull()) return;
  const WordList words = PreTokenize(std::move(normalized), pre_tokenizer_);
  std::vector<Segment> segments;
  segments.reserve(words.words.size() + words.words.size() / 2);
  model_->Cut(words.text.text, words.words, segments);
  auto word = words.words.begin();
  for (const Segment& segment : segments) {
    for (; segment.begin >= word->end; ++word) {
      if (run.IsFull()) return;
    }
    run.Add(segment.id, SpanOf(text, words.text, segment));
  }
}

// In bytes of `text`, whole characters.
ByteSpan PipelineTokenizer::SpanOf(std::string_view text, const NormalizedText& words,
                                   const Segment& segment) const {
  ByteSpan span = words.SourceOf(segment.begin, segment.end);
  if (post_processor_.trim_offsets) {
    uint32_t begin = segment.begin;
    for (; begin < segment.end && words.text[begin] == ' '; ++begin) span.begin = words.source[begin].end;
    for (uint32_t end = segment.end; end > begin && words.text[end - 1] == ' '; --end)
      span.end = words.source[end - 1].begin;
  }
  while (ContinuesCharacter(text, span.begin)) --span.begin;
  while (ContinuesCharacter(text, span.end)) ++span.end;
  return span;
}

}  // namespace

std::unique_ptr<Tokenizer> MakeTokenizer(TokenizerDefinition definition) {
  return std::make_unique<PipelineTokenizer>(std::move(definition));
}

}  // namespace voisin::encoder
