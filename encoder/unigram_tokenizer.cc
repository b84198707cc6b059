#include "encoder/unigram_tokenizer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/piece_trie.h"
#include "encoder/unigram_model.h"
#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr size_t kMaxTextBytes = size_t{1} << 30;

PieceTrie BuildTrie(const std::vector<AddedToken>& tokens) {
  std::vector<PieceTrie::Key> keys;
  for (size_t i = 0; i < tokens.size(); ++i) keys.push_back({tokens[i].content, static_cast<int32_t>(i)});
  return PieceTrie::Build(std::move(keys));
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class UnigramTokenizer : public Tokenizer {
 public:
  explicit UnigramTokenizer(TokenizerDefinition definition)
      : definition_(std::move(definition)),
        model_(std::move(definition_.vocabulary)),
        added_(BuildTrie(definition_.added_tokens)),
        extra_texts_(ExtraTexts()) {}

  absl::StatusOr<Encoding> Encode(std::string_view text, bool add_special_tokens) const override;
  int32_t special_tokens_before() const override { return static_cast<int32_t>(definition_.prefix.size()); }
  int32_t special_tokens_after() const override { return static_cast<int32_t>(definition_.suffix.size()); }
  std::string_view TokenText(int32_t id) const override;
  int32_t vocab_size() const override {
    return static_cast<int32_t>(model_.pieces().size() + extra_texts_.size());
  }

 private:
  // What one call to Encode works on.
  struct Work {
    std::string_view text;
    Encoding encoding;
    UnigramModel::Lattice lattice;
    std::vector<Segment> segments;
  };

  std::vector<std::string> ExtraTexts() const;
  const AddedToken* AddedTokenAt(std::string_view text, size_t at) const;
  void EncodeAll(Work& work) const;
  void EncodePlain(Work& work, size_t begin, size_t end) const;
  void AddSegments(Work& work, const std::vector<ByteSpan>& source) const;
  void AddSpecial(const std::vector<TemplateToken>& tokens, size_t at, Encoding& encoding) const;
  void Add(Encoding& encoding, int32_t id, int32_t type_id, ByteSpan span) const;

  TokenizerDefinition definition_;  // without its vocabulary, which model_ took
  UnigramModel model_;
  PieceTrie added_;                       // ids index definition_.added_tokens
  std::vector<std::string> extra_texts_;  // of the ids behind the pieces
};

// Added tokens whose id lies behind the pieces.
std::vector<std::string> UnigramTokenizer::ExtraTexts() const {
  std::vector<std::string> texts;
  const size_t pieces = model_.pieces().size();
  for (const AddedToken& token : definition_.added_tokens) {
    const size_t id = static_cast<size_t>(token.id);
    if (id < pieces) continue;
    texts.resize(std::max(texts.size(), id - pieces + 1));
    texts[id - pieces] = token.content;
  }
  return texts;
}

std::string_view UnigramTokenizer::TokenText(int32_t id) const {
  if (id < 0 || id >= vocab_size()) return {};
  const size_t index = static_cast<size_t>(id);
  const size_t pieces = model_.pieces().size();
  return index < pieces ? model_.pieces()[index] : extra_texts_[index - pieces];
}

void UnigramTokenizer::Add(Encoding& encoding, int32_t id, int32_t type_id, ByteSpan span) const {
  encoding.input_ids.push_back(id);
  encoding.token_type_ids.push_back(type_id);
  encoding.offsets.push_back(span);
}

void UnigramTokenizer::AddSpecial(const std::vector<TemplateToken>& tokens, size_t at,
                                  Encoding& encoding) const {
  const uint32_t position = static_cast<uint32_t>(at);
  for (const TemplateToken& token : tokens) Add(encoding, token.id, token.type_id, {position, position});
}

absl::StatusOr<Encoding> UnigramTokenizer::Encode(std::string_view text, bool add_special_tokens) const {
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("text has ", text.size(), " bytes, expected at most ", kMaxTextBytes));
  }
  RETURN_IF_ERROR(CheckUtf8(text));
  Work work{.text = text, .encoding = {}, .lattice = {}, .segments = {}};
  if (add_special_tokens) AddSpecial(definition_.prefix, 0, work.encoding);
  EncodeAll(work);
  if (add_special_tokens) AddSpecial(definition_.suffix, text.size(), work.encoding);
  return std::move(work.encoding);
}

// The longest added token that begins at `at`; null when there is none.
const AddedToken* UnigramTokenizer::AddedTokenAt(std::string_view text, size_t at) const {
  const AddedToken* longest = nullptr;
  uint32_t node = PieceTrie::kRoot;
  while (at < text.size()) {
    node = added_.Next(node, static_cast<unsigned char>(text[at++]));
    if (node == PieceTrie::kNone) break;
    if (added_.id(node) >= 0) longest = &definition_.added_tokens[static_cast<size_t>(added_.id(node))];
  }
  return longest;
}

// Cuts the text at added tokens; what lies between them is plain text.
void UnigramTokenizer::EncodeAll(Work& work) const {
  const std::string_view text = work.text;
  size_t plain_begin = 0;
  for (size_t at = 0; at < text.size() && !definition_.added_tokens.empty();) {
    const AddedToken* token = AddedTokenAt(text, at);
    if (token == nullptr) {
      ++at;
      continue;
    }
    size_t begin = at;
    size_t end = at + token->content.size();
    while (token->lstrip && begin > plain_begin && IsSpace(text[begin - 1])) --begin;
    while (token->rstrip && end < text.size() && IsSpace(text[end])) ++end;
    EncodePlain(work, plain_begin, begin);
    Add(work.encoding, token->id, definition_.text_type_id,
        {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    plain_begin = at = end;
  }
  EncodePlain(work, plain_begin, text.size());
}

// Text without added tokens.
void UnigramTokenizer::EncodePlain(Work& work, size_t begin, size_t end) const {
  if (begin == end) return;
  const NormalizedText normalized =
      Normalize(work.text.substr(begin, end - begin), static_cast<uint32_t>(begin), definition_.normalizer);
  const WordList words = SplitWords(normalized, definition_.pre_tokenizer, begin == 0);
  const std::string_view text = words.text.text;
  work.segments.clear();
  size_t word_begin = 0;
  for (size_t word_end : words.ends) {
    model_.Cut(text.substr(word_begin, word_end - word_begin), static_cast<uint32_t>(word_begin),
               work.lattice, work.segments);
    word_begin = word_end;
  }
  AddSegments(work, words.text.source);
}

void UnigramTokenizer::AddSegments(Work& work, const std::vector<ByteSpan>& source) const {
  for (const Segment& segment : work.segments) {
    Add(work.encoding, segment.id, definition_.text_type_id,
        {source[segment.begin].begin, source[segment.end - 1].end});
  }
}

}  // namespace

std::unique_ptr<Tokenizer> MakeUnigramTokenizer(TokenizerDefinition definition) {
  return std::make_unique<UnigramTokenizer>(std::move(definition));
}

}  // namespace voisin::encoder
