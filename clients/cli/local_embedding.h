#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "clients/cli/text_input.h"
#include "encoder/text_encoder.h"

namespace voisin::cli {

struct Embedded {
  std::span<const float> values;
  uint32_t token_count = 0;
  bool truncated = false;
  uint32_t windows = 1;  // that `values` are the mean of
};

// Takes an embedding, whose values live as long as the call; called on several threads.
using Receiver = std::function<void(size_t text, const Embedded& embedded)>;

struct LocalOptions {
  encoder::Truncation truncation = encoder::Truncation::error;
  encoder::TextRole role = encoder::TextRole::none;  // picks the model's prompt
  size_t threads = 0;                                // 0: one per CPU
};

// Embeds all texts, similar lengths together. Nothing is embedded when a text is refused: each is then on `err`.
absl::Status EmbedEach(const encoder::TextEncoder& encoder, const Texts& texts, const LocalOptions& options,
                       const Receiver& receive, std::ostream& err);

// Turns an embedding into what is printed; called on several threads.
using Formatter = std::function<std::string(size_t text, const Embedded& embedded)>;

// As EmbedEach, and prints them in order.
absl::Status EmbedLocally(const encoder::TextEncoder& encoder, const Texts& texts,
                          const LocalOptions& options, const Formatter& format, std::ostream& out,
                          std::ostream& err);

// What the words of options mean: "error", "end", "start", "chunk"; "fp32", "bf16", "int8".
encoder::Truncation LocalTruncation(std::string_view word);
encoder::LoadOptions LocalLoading(std::string_view precision);

}  // namespace voisin::cli
