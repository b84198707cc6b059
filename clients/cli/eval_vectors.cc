#include "clients/cli/eval_vectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "base/mutex.h"
#include "base/status_macros.h"
#include "clients/cli/eval_metrics.h"

namespace voisin::cli {
namespace {

constexpr size_t kLanes = 16;

bool IsBlank(const std::string& text) { return encoder::CollapseWhitespace(text).empty(); }

// The distinct texts, and for each text which of them it is.
struct Distinct {
  Texts texts;
  std::vector<size_t> of_text;
};

Distinct DistinctOf(std::span<const std::string> texts) {
  Distinct distinct;
  std::unordered_map<std::string_view, size_t> known;
  for (const std::string& text : texts) {
    const auto [place, fresh] = known.emplace(text, known.size());
    if (fresh) distinct.texts.values.push_back(text);
    distinct.of_text.push_back(place->second);
  }
  return distinct;
}

// Those texts that are not blank, and which ones they are.
struct Embeddable {
  Texts texts;
  std::vector<size_t> positions;
};

Embeddable EmbeddableOf(const Texts& texts) {
  Embeddable some;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (IsBlank(texts.values[i])) continue;
    some.texts.values.push_back(texts.values[i]);
    some.positions.push_back(i);
  }
  return some;
}

}  // namespace

void Normalize(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  if (squares == 0) return;
  const double length = std::sqrt(squares);
  for (float& value : vector) value = static_cast<float>(value / length);
}

double Cosine(std::span<const float> a, std::span<const float> b) {
  if (a.empty() || b.empty()) return 0;
  std::array<float, kLanes> sums{};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  double sum = 0;
  for (; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  for (const float lane : sums) sum += lane;
  return sum;
}

absl::StatusOr<TextVectors> EmbedTexts(const EvalModel& model, std::span<const std::string> texts,
                                       encoder::TextRole role, const TextsDone& done) {
  Distinct distinct = DistinctOf(texts);
  const Embeddable some = EmbeddableOf(distinct.texts);
  TextVectors vectors{.distinct = std::vector<std::vector<float>>(distinct.texts.size()),
                      .of_text = std::move(distinct.of_text)};
  std::vector<size_t> repeats(distinct.texts.size());
  for (const size_t place : vectors.of_text) ++repeats[place];
  Mutex mutex;
  RETURN_IF_ERROR(model.embed(some.texts, role, [&](size_t i, const Embedded& embedded) {
    const size_t place = some.positions[i];
    std::vector<float>& vector = vectors.distinct[place];
    vector.assign(embedded.values.begin(), embedded.values.end());
    Normalize(vector);
    const MutexLock lock(mutex);
    if (embedded.truncated) vectors.truncated += repeats[place];
    done(repeats[place]);
  }));
  vectors.blank = static_cast<size_t>(std::ranges::count_if(texts, IsBlank));
  return vectors;
}

QueryScorer CosineScorer(const TextVectors& queries, const TextVectors& documents) {
  return [&](size_t query, std::span<double> scores) {
    for (size_t i = 0; i < scores.size(); ++i) scores[i] = Cosine(queries[query], documents[i]);
  };
}

std::optional<double> ScoreSimilarity(const TextVectors& first, const TextVectors& second,
                                      std::span<const double> gold) {
  std::vector<double> cosines;
  for (size_t i = 0; i < gold.size(); ++i) cosines.push_back(Cosine(first[i], second[i]));
  return SpearmanCorrelation(cosines, gold);
}

}  // namespace voisin::cli
