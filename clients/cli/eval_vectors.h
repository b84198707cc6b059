#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clients/cli/eval_model.h"
#include "clients/cli/eval_ranking.h"

namespace voisin::cli {

// A vector of unit length for each text, equal for equal texts. A blank text has none: its cosine with anything is 0.
struct TextVectors {
  std::vector<std::vector<float>> distinct;
  std::vector<size_t> of_text;  // position in `distinct` of each text's vector
  size_t truncated = 0;         // texts that lost their end
  size_t blank = 0;             // texts of white space alone

  std::span<const float> operator[](size_t text) const { return distinct[of_text[text]]; }
};

// Told how many more texts are embedded; one call at a time.
using TextsDone = std::function<void(size_t texts)>;

// Embeds each distinct text once.
absl::StatusOr<TextVectors> EmbedTexts(const EvalModel& model, std::span<const std::string> texts,
                                       encoder::TextRole role, const TextsDone& done);

// Scales to unit length; what has no length stays.
void Normalize(std::span<float> vector);

// Of vectors of unit length; 0 when one is empty. The same sum in the same order for every pair: equal vectors score
// equally.
double Cosine(std::span<const float> a, std::span<const float> b);

// Scores every document by its cosine with the query. The vectors outlive the scorer.
QueryScorer CosineScorer(const TextVectors& queries, const TextVectors& documents);

// Spearman's correlation of the pairs' cosines with `gold`; nothing when it is undefined.
std::optional<double> ScoreSimilarity(const TextVectors& first, const TextVectors& second,
                                      std::span<const double> gold);

}  // namespace voisin::cli
