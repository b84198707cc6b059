#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "encoder/batch.h"

namespace voisin::encoder {

struct EncodeOptions {
  bool add_special_tokens = true;
  // At most so many tokens, special ones included; the longer text loses its tail first. InvalidArgument when it has no
  // room for the special tokens.
  size_t max_length = SIZE_MAX;
};

// Text -> tokens of one vocabulary. Immutable after loading: safe to call from many threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The whole text, never truncated. Offsets are bytes of `text`; special tokens have empty spans.
  // InvalidArgument when `text` is not UTF-8 (names the byte).
  virtual absl::StatusOr<Encoding> Encode(std::string_view text, bool add_special_tokens) const = 0;
  // A text, or two that belong together. Offsets are bytes of the text that the token is of.
  virtual absl::StatusOr<Encoding> EncodePair(std::string_view text,
                                              std::optional<std::string_view> text_pair,
                                              const EncodeOptions& options) const = 0;
  // How many special tokens Encode adds to one text, first and last.
  virtual int32_t special_tokens_before() const = 0;
  virtual int32_t special_tokens_after() const = 0;
  // The piece of `id` as the vocabulary spells it; empty outside the vocabulary.
  virtual std::string_view TokenText(int32_t id) const = 0;
  virtual int32_t vocab_size() const = 0;
};

// The tokenizer of a model directory. It is read from the first of these that is there: tokenizer.json (the Hugging Face
// tokenizers format); vocab.txt; vocab.json with merges.txt; sentencepiece.bpe.model, spiece.model, tokenizer.model. All
// but the first also heed the files that ReadTokenizerSettings names. NotFound when there is none; Unimplemented names a part that we do not
// read; InvalidArgument says what is wrong with a damaged file.
absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::filesystem::path& model_dir);
// Names the content of the files that LoadTokenizer reads.
absl::StatusOr<std::string> TokenizerFingerprint(const std::filesystem::path& model_dir);
// The text of a tokenizer.json.
absl::StatusOr<std::unique_ptr<Tokenizer>> ParseTokenizer(std::string_view json);

}  // namespace voisin::encoder
