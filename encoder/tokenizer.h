#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "encoder/batch.h"

namespace voisin::encoder {

// Text -> tokens of one vocabulary. Immutable after loading: safe to call from many threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The whole text, never truncated. Offsets are bytes of `text`; special tokens have empty spans.
  // InvalidArgument when `text` is not UTF-8 (names the byte).
  virtual absl::StatusOr<Encoding> Encode(std::string_view text, bool add_special_tokens) const = 0;
  // How many special tokens Encode adds to one text, first and last.
  virtual int32_t special_tokens_before() const = 0;
  virtual int32_t special_tokens_after() const = 0;
  // The piece of `id` as the vocabulary spells it; empty outside the vocabulary.
  virtual std::string_view TokenText(int32_t id) const = 0;
  virtual int32_t vocab_size() const = 0;
};

// Reads a tokenizer.json (the Hugging Face tokenizers format). Unimplemented names a model type that we do not read;
// InvalidArgument says what is wrong with a damaged file.
absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::filesystem::path& tokenizer_json);
absl::StatusOr<std::unique_ptr<Tokenizer>> ParseTokenizer(std::string_view json);

}  // namespace voisin::encoder
