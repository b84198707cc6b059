#pragma once

#include <functional>

#include "clients/cli/text_input.h"

namespace voisin::cli {

struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

// Calls `send` with ranges of texts that make requests of a sane size, in order, until one fails. An error that names
// texts[i] of its request says the line or number of that text instead.
absl::Status ForEachPart(const Texts& texts, const std::function<absl::Status(TextRange)>& send);

// Internal unless the server answered `got` results for the range.
absl::Status CheckCount(TextRange range, size_t got);

}  // namespace voisin::cli
