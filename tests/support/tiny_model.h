#pragma once

#include <filesystem>

#include "absl/status/status.h"

namespace voisin::test {

// Writes a whole model directory of a few kilobytes: the form of the default model ("use_lite": 2 layers,
// embedding 16, hidden 24, 2 heads, dense head to 24 dimensions, at most 32 tokens) with seeded random
// weights, the same on every machine, and a Unigram vocabulary of ASCII characters and some words. Creates
// `dir`, which may exist.
absl::Status WriteTinyModel(const std::filesystem::path& dir);

}  // namespace voisin::test
