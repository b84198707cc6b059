#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "encoder/precision.h"
#include "encoder/tokenizer.h"

namespace voisin::encoder {

// What happens to a text of more tokens than the model takes: refuse it; drop its tail; drop its head; or take the mean of
// overlapping windows that cover it whole (windows.h).
enum class Truncation { error, end, start, chunk };

// What a text is for; many models put another prompt before questions than before passages.
enum class TextRole { none, query, document };

struct ModelInfo {
  std::string name;
  std::string architecture;  // config.json model_type
  std::string pooling;       // "mean", "cls", ...; "cls+mean" where two are joined
  std::string
      fingerprint;  // 32 hex digits over weights, tokenizer, configuration (all that decides a vector)
  int32_t dimensions = 0;
  int32_t max_tokens = 0;  // special tokens included
  bool normalize = false;  // the model's own output is of unit length
  bool collapse_whitespace = false;
  std::map<std::string, std::string> prompts;  // name -> what goes before a text
  std::string default_prompt_name;             // empty: none
  std::string similarity_fn_name;         // what the model was made for: "cosine", "dot"; empty: not said
  Precision precision = Precision::fp32;  // part of the fingerprint
  float dense_weight = 0.5f;              // of its cosines in a sum with the scores of words, 0..1
  std::string language = "none";
};

struct LoadOptions {
  Precision precision = Precision::fp32;  // of the transformer; dense heads stay fp32
};

// The prompt of the first of these names that the model has: query "query", "search_query"; document "document",
// "passage", "corpus", "search_document"; else its default prompt, else none. Valid as long as `info`.
std::string_view PromptOf(const ModelInfo& info, TextRole role);

struct TokenizedText {
  Encoding encoding;  // at most max_tokens long
  std::vector<Encoding> more =
      {};                    // further windows (Truncation::chunk); the text's vector is the mean of all
  uint32_t token_count = 0;  // of the whole text, before truncation
  bool truncated = false;

  size_t windows() const { return 1 + more.size(); }
  const Encoding& window(size_t i) const { return i == 0 ? encoding : more[i - 1]; }
};

// A loaded model directory. Immutable: all methods may be called from many threads at once.
class TextEncoder {
 public:
  // Maps and checks the directory. NotFound says which file is missing; InvalidArgument what is wrong in it.
  static absl::StatusOr<std::unique_ptr<TextEncoder>> Load(const std::filesystem::path& model_dir,
                                                           const LoadOptions& options = {});
  // What info() would say after Load, without loading: the configuration is read, the weights are only hashed. A
  // directory that is described may still fail to load.
  static absl::StatusOr<ModelInfo> Describe(const std::filesystem::path& model_dir,
                                            const LoadOptions& options = {});
  virtual ~TextEncoder() = default;

  virtual const ModelInfo& info() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;

  // `prompt` and `text` as one text; truncation never touches the prompt. InvalidArgument: not UTF-8, no token at all, a
  // prompt that leaves no room, or (Truncation::error) more than max_tokens, naming count and limit.
  virtual absl::StatusOr<TokenizedText> Tokenize(std::string_view text, Truncation truncation,
                                                 std::string_view prompt) const = 0;

  // One row of info().dimensions floats per text into `rows` (row-major). A text gives the same row in any batch to
  // 1e-6. Scratch memory is kept per thread and reused.
  virtual absl::Status Encode(const Batch& batch, std::span<float> rows) const = 0;
};

// `text` with every run of Unicode white space (property White_Space) as one U+0020, ends trimmed. Takes valid UTF-8;
// ill-formed bytes are kept as they are.
std::string CollapseWhitespace(std::string_view text);
// `text` without white space at its ends.
std::string_view TrimWhitespace(std::string_view text);

}  // namespace voisin::encoder
