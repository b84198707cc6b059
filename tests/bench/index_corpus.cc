#include "tests/bench/index_corpus.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>

namespace voisin::index {
namespace {

void AppendNormalised(std::span<const float> row, std::vector<float>& rows) {
  double squares = 0;
  for (float x : row) squares += double{x} * x;
  for (float x : row) rows.push_back(static_cast<float>(x / std::sqrt(squares)));
}

class Generator {
 public:
  Generator(uint64_t seed, uint32_t dimensions) : random_(seed), dimensions_(dimensions) {
    for (int i = 0; i < kDirections; ++i) directions_.push_back(Gaussian(dimensions, 1));
    for (int i = 0; i < kTopics; ++i) topics_.push_back(Gaussian(kDirections, 1));
  }

  void Append(std::vector<float>& rows) {
    const std::vector<float>& topic = topics_[random_() % kTopics];
    const std::vector<float> offset = Gaussian(kDirections, 0.8);
    std::vector<float> row = Gaussian(dimensions_, 1.5);
    for (size_t i = 0; i < kDirections; ++i) {
      const float weight = topic[i] + offset[i];
      for (uint32_t j = 0; j < dimensions_; ++j) row[j] += weight * directions_[i][j];
    }
    AppendNormalised(row, rows);
  }

 private:
  static constexpr int kDirections = 40;
  static constexpr int kTopics = 300;

  std::vector<float> Gaussian(size_t length, double deviation) {
    std::normal_distribution<float> normal(0, static_cast<float>(deviation));
    std::vector<float> vector(length);
    for (float& x : vector) x = normal(random_);
    return vector;
  }

  std::mt19937_64 random_;
  const uint32_t dimensions_;
  std::vector<std::vector<float>> directions_;
  std::vector<std::vector<float>> topics_;
};

std::vector<std::vector<float>> ReadRows(const std::string& fvecs) {
  std::ifstream file(fvecs, std::ios::binary);
  std::vector<std::vector<float>> rows;
  int32_t length;
  while (file.read(reinterpret_cast<char*>(&length), sizeof(length)) && length > 0) {
    std::vector<float> row(static_cast<size_t>(length));
    if (!file.read(reinterpret_cast<char*>(row.data()), std::streamsize{length} * 4)) return {};
    rows.push_back(std::move(row));
  }
  return rows;
}

// One of `count` for each row: is it a query?
std::vector<bool> ChooseQueries(size_t rows, size_t count) {
  std::vector<size_t> order(rows);
  std::iota(order.begin(), order.end(), size_t{0});
  std::mt19937_64 random(20240501);
  std::ranges::shuffle(order, random);
  std::vector<bool> chosen(rows);
  for (size_t i = 0; i < std::min(rows, count); ++i) chosen[order[i]] = true;
  return chosen;
}

}  // namespace

Corpus MakeCorpus(uint32_t points, uint32_t dimensions, uint32_t queries) {
  Corpus corpus{.dimensions = dimensions, .points = {}, .queries = {}, .sections = {}};
  Generator generator(20240501, dimensions);
  for (uint32_t i = 0; i < points; ++i) generator.Append(corpus.points);
  for (uint32_t i = 0; i < queries; ++i) generator.Append(corpus.queries);
  return corpus;
}

Corpus ReadCorpus(const std::string& fvecs, const std::string& sections, uint32_t queries) {
  const std::vector<std::vector<float>> rows = ReadRows(fvecs);
  Corpus corpus;
  if (rows.empty()) return corpus;
  corpus.dimensions = static_cast<uint32_t>(rows[0].size());
  const std::vector<bool> is_query = ChooseQueries(rows.size(), queries);
  std::ifstream lines(sections);
  std::string section;
  for (size_t i = 0; i < rows.size(); ++i) {
    std::getline(lines, section);
    AppendNormalised(rows[i], is_query[i] ? corpus.queries : corpus.points);
    if (!is_query[i]) corpus.sections.push_back(section);
  }
  return corpus;
}

void WriteFloats(const std::filesystem::path& file, std::span<const float> values) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

}  // namespace voisin::index
