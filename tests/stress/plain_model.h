#pragma once

#include <random>

#include "tests/stress/history.h"

// What an engine is compared with: documents in a map, searched by a scan.
namespace voisin::test {

inline constexpr uint32_t kModelDimensions = 8;

std::vector<float> RandomVector(std::mt19937_64& random);
// With a number "n" from 0 to 9 and a truth "even".
storage::Document RandomDocument(std::string id, std::mt19937_64& random);
double NumberOf(const storage::Document& document);  // its "n"

double Cosine(const std::vector<float>& a, const std::vector<float>& b);
// Of all with n < `below`, the greatest first.
std::vector<double> BestScores(const Documents& documents, const std::vector<float>& vector, int below);

}  // namespace voisin::test
