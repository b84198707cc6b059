// Random writes, deletions and restarts; every mode of search against a slow reference.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "tests/service/engine_fixture.h"

namespace voisin::service {
namespace {

constexpr float kWeight = 0.4f;
const std::vector<std::string> kWords = {"cat", "dog", "chess", "banana", "play", "red", "hello"};

uint64_t Seed() {
  const char* given = std::getenv("VOISIN_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "replay with VOISIN_SEED=" << seed << std::endl;
  return seed;
}

class HybridModelTest : public EngineFixture {
 protected:
  HybridModelTest() : seed_(Seed()), random_(seed_) {
    WriteModel();
    options_.seal_points = 16;
    Open();
    MakeTexts("notes");
  }

  size_t Below(size_t end) { return random_() % end; }
  std::vector<std::string> RandomWords(size_t most) {
    std::vector<std::string> words(1 + Below(most));
    for (std::string& word : words) word = kWords[Below(kWords.size())];
    return words;
  }
  static std::string Joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
  }

  void Write() {
    std::vector<storage::Document> documents;
    std::set<std::string> taken;
    for (size_t i = 1 + Below(6); i > 0; --i) {
      const std::string id = "d" + std::to_string(Below(40));
      if (!taken.insert(id).second) continue;
      living_[id] = RandomWords(8);
      documents.push_back(TextDocument(id, Joined(living_[id])));
    }
    const auto put = Put("notes", std::move(documents));
    ASSERT_TRUE(put.ok()) << put.status();
  }
  void Delete() {
    const std::string id = "d" + std::to_string(Below(40));
    living_.erase(id);
    ASSERT_TRUE(engine().Delete({"notes", {id}, "", ""}).ok());
  }

  // BM25 by its definition.
  double Bm25(const std::vector<std::string>& query, const std::vector<std::string>& document) const {
    double all = 0;
    for (const auto& [id, words] : living_) all += static_cast<double>(words.size());
    const double mean = all / static_cast<double>(living_.size());
    double score = 0;
    for (const std::string& word : query) {
      double with = 0;
      for (const auto& [id, words] : living_) with += std::ranges::count(words, word) > 0 ? 1 : 0;
      const auto count = static_cast<double>(std::ranges::count(document, word));
      const double idf = std::log(1 + (static_cast<double>(living_.size()) - with + 0.5) / (with + 0.5));
      const double norm = 1.2 * (0.25 + 0.75 * static_cast<double>(document.size()) / mean);
      score += idf * count * 2.2 / (count + norm);
    }
    return score;
  }

  std::map<std::string, Hit> Find(const std::string& text, SearchMode mode) {
    SearchRequest request;
    request.collection = "notes";
    request.text = text;
    request.mode = mode;
    request.top_k = 100;
    request.exact = true;
    request.fusion.dense_weight = kWeight;
    const auto result = engine().Search(request);
    EXPECT_TRUE(result.ok()) << result.status();
    std::map<std::string, Hit> by_id;
    for (const Hit& hit : result->hits) by_id[hit.document.id] = hit;
    EXPECT_EQ(by_id.size(), result->hits.size());
    EXPECT_TRUE(std::ranges::is_sorted(result->hits, std::greater<>(), &Hit::score));
    return by_id;
  }

  void Compare() {
    const std::vector<std::string> query = RandomWords(3);
    const auto dense = Find(Joined(query), SearchMode::dense);
    const auto lexical = Find(Joined(query), SearchMode::lexical);
    const auto hybrid = Find(Joined(query), SearchMode::hybrid);
    double best = 0;
    for (const auto& [id, words] : living_) best = std::max(best, Bm25(query, words));
    ASSERT_EQ(dense.size(), living_.size());
    ASSERT_EQ(hybrid.size(), living_.size());
    for (const auto& [id, words] : living_) {
      const double expected = Bm25(query, words);
      EXPECT_EQ(lexical.contains(id), expected > 0) << id;
      const Hit& hit = hybrid.at(id);
      EXPECT_NEAR(hit.match.lexical_score, expected, 1e-4) << id;
      EXPECT_EQ(hit.match.dense_score, dense.at(id).score) << id;
      const double fused = kWeight * dense.at(id).score + (1 - kWeight) * (best > 0 ? expected / best : 0);
      EXPECT_NEAR(hit.score, fused, 1e-4) << id;
    }
  }

  const uint64_t seed_;
  std::mt19937_64 random_;
  std::map<std::string, std::vector<std::string>> living_;
};

TEST_F(HybridModelTest, EveryModeIsTheReference) {
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed_));
  for (int step = 0; step < 120; ++step) {
    const size_t what = Below(20);
    if (what < 9) Write();
    if (what >= 9 && what < 13) Delete();
    if (what == 13) Restart();
    if (what > 13 && !living_.empty()) Compare();
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace voisin::service
