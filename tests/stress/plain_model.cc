#include "tests/stress/plain_model.h"

#include <algorithm>
#include <cmath>

namespace voisin::test {

using storage::Document;

std::vector<float> RandomVector(std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(kModelDimensions);
  for (float& value : vector) value = normal(random);
  return vector;
}

Document RandomDocument(std::string id, std::mt19937_64& random) {
  Document document;
  document.id = std::move(id);
  document.text = "text " + std::to_string(random() % 1000);
  document.vector = RandomVector(random);
  document.metadata = {{"n", {static_cast<double>(random() % 10)}}, {"even", {random() % 2 == 0}}};
  return document;
}

double NumberOf(const Document& document) { return std::get<double>(document.metadata.at("n").data); }

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double product = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += double{a[i]} * double{b[i]};
    aa += double{a[i]} * double{a[i]};
    bb += double{b[i]} * double{b[i]};
  }
  return product / std::sqrt(aa * bb);
}

std::vector<double> BestScores(const Documents& documents, const std::vector<float>& vector, int below) {
  std::vector<double> scores;
  for (const auto& [id, document] : documents) {
    if (NumberOf(document) < below) scores.push_back(Cosine(vector, document.vector));
  }
  std::ranges::sort(scores, std::greater<>());
  return scores;
}

}  // namespace voisin::test
