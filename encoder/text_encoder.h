#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "encoder/precision.h"
#include "encoder/tokenizer.h"

namespace voisin::encoder {

enum class Truncation { error, end, start };  // refuse; drop the tail; drop the head

struct ModelInfo {
  std::string name;
  std::string architecture;  // config.json model_type
  std::string pooling;       // "mean", "cls", ...
  std::string
      fingerprint;  // 32 hex digits over weights, tokenizer, configuration (all that decides a vector)
  int32_t dimensions = 0;
  int32_t max_tokens = 0;  // special tokens included
  bool normalize = false;  // the model's own output is of unit length
  bool collapse_whitespace = false;
  Precision precision = Precision::fp32;  // part of the fingerprint
};

struct LoadOptions {
  Precision precision = Precision::fp32;  // of the transformer; dense heads stay fp32
};

struct TokenizedText {
  Encoding encoding;         // at most max_tokens long
  uint32_t token_count = 0;  // of the whole text, before truncation
  bool truncated = false;
};

// A loaded model directory. Immutable: all methods may be called from many threads at once.
class TextEncoder {
 public:
  // Maps and checks the directory. NotFound says which file is missing; InvalidArgument what is wrong in it.
  static absl::StatusOr<std::unique_ptr<TextEncoder>> Load(const std::filesystem::path& model_dir,
                                                           const LoadOptions& options = {});
  virtual ~TextEncoder() = default;

  virtual const ModelInfo& info() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;

  // InvalidArgument: not UTF-8, no token at all, or (Truncation::error) more than max_tokens, naming count and limit.
  virtual absl::StatusOr<TokenizedText> Tokenize(std::string_view text, Truncation truncation) const = 0;

  // One row of info().dimensions floats per text into `rows` (row-major). A text gives the same row in any batch to
  // 1e-6. Scratch memory is kept per thread and reused.
  virtual absl::Status Encode(const Batch& batch, std::span<float> rows) const = 0;
};

// `text` with every run of Unicode white space (property White_Space) as one U+0020, ends trimmed. Takes valid UTF-8;
// ill-formed bytes are kept as they are.
std::string CollapseWhitespace(std::string_view text);

}  // namespace voisin::encoder
