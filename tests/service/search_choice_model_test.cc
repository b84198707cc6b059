#include <map>
#include <random>
#include <set>

#include "absl/time/clock.h"
#include "tests/service/engine_fixture.h"

// Groups, diverse choices and pages under random writes, against slow references. Vectors are small whole numbers
// and the metrics exact on them, so a reference has the same scores to the bit, ties included.
namespace voisin::service {
namespace {

using Rank = std::pair<float, storage::PointId>;  // negative score, then point: ascending is best first

struct Known {
  std::string id;
  std::vector<float> vector;
  std::vector<std::string> tags;
};

float ScoreOf(index::Metric metric, const std::vector<float>& a, const std::vector<float>& b) {
  float score = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    score += metric == index::Metric::l2 ? -(a[i] - b[i]) * (a[i] - b[i]) : a[i] * b[i];
  }
  return score;
}

class SearchChoiceModelTest : public EngineFixture, public testing::WithParamInterface<index::Metric> {
 protected:
  static unsigned Seed() {
    const char* const given = std::getenv("VOISIN_SEED");
    return given == nullptr ? std::random_device()() : static_cast<unsigned>(std::stoul(given));
  }

  std::vector<float> RandomVector() {
    std::vector<float> vector(3);
    for (float& value : vector) value = static_cast<float>(random_() % 9) - 4;
    return vector;
  }

  void Write() {
    std::vector<storage::Document> documents;
    std::set<std::string> ids;
    for (unsigned i = 0; i < 1 + random_() % 40; ++i) {
      std::string id = "d" + std::to_string(random_() % 300);
      if (!ids.insert(id).second) continue;
      storage::List tags;
      for (unsigned tag = 0; tag < random_() % 4; ++tag)
        tags.push_back({"tag" + std::to_string(random_() % 12)});
      documents.push_back(VectorDocument(std::move(id), RandomVector(), {{"tags", {std::move(tags)}}}));
    }
    const auto put = Put("c", documents);
    ASSERT_TRUE(put.ok()) << put.status();
    storage::PointId point = put->lsn - documents.size();
    for (const storage::Document& document : documents) Remember(++point, document);
  }

  void Remember(storage::PointId point, const storage::Document& document) {
    Forget(document.id);
    Known known{document.id, document.vector, {}};
    for (const storage::Value& tag : std::get<storage::List>(document.metadata.at("tags").data)) {
      known.tags.push_back(std::get<std::string>(tag.data));
    }
    living_.emplace(point, std::move(known));
  }

  void Forget(const std::string& id) {
    std::erase_if(living_, [&](const auto& one) { return one.second.id == id; });
  }

  void Erase() {
    DeleteRequest request;
    request.collection = "c";
    for (unsigned i = 0; i < 1 + random_() % 20; ++i)
      request.ids.push_back("d" + std::to_string(random_() % 300));
    ASSERT_TRUE(engine().Delete(request).ok());
    for (const std::string& id : request.ids) Forget(id);
  }

  // Exact, and half of the time only what has tag0.
  SearchRequest RandomQuery() {
    SearchRequest query = VectorQuery("c", RandomVector(), 1 + static_cast<uint32_t>(random_() % 15));
    query.exact = true;
    if (random_() % 2 == 0) query.filter = "tags:tag0";
    return query;
  }

  std::vector<Rank> Ranking(const SearchRequest& query) const {
    std::vector<Rank> ranking;
    for (const auto& [point, known] : living_) {
      const bool has = std::ranges::count(known.tags, "tag0") > 0;
      if (query.filter.empty() || has)
        ranking.emplace_back(-ScoreOf(GetParam(), *query.vector, known.vector), point);
    }
    std::ranges::sort(ranking);
    return ranking;
  }

  std::vector<std::string> ReferenceGroups(const SearchRequest& query) const {
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;
    for (const Rank& rank : Ranking(query)) {
      const Known& known = living_.at(rank.second);
      std::set<std::string> done;
      for (const std::string& tag : known.tags) {
        if (!done.insert(tag).second) continue;
        auto group = std::ranges::find_if(groups, [&](const auto& one) { return one.first == tag; });
        if (group == groups.end()) {
          if (groups.size() == query.top_k) continue;
          group = groups.insert(groups.end(), {tag, {}});
        }
        if (group->second.size() < query.group_by->group_size) group->second.push_back(tag + " " + known.id);
      }
    }
    std::vector<std::string> all;
    for (const auto& [tag, members] : groups) all.insert(all.end(), members.begin(), members.end());
    return all;
  }

  std::vector<std::string> ReferenceDiverse(const SearchRequest& query) const {
    std::vector<Rank> left = Ranking(query);
    left.resize(std::min<size_t>(left.size(), query.diversity->candidates));
    std::vector<storage::PointId> chosen;
    while (!left.empty() && chosen.size() < query.top_k) {
      std::vector<float> values;
      for (const auto& [negative, point] : left) {
        float most = -std::numeric_limits<float>::infinity();
        for (storage::PointId other : chosen) {
          most = std::max(most, ScoreOf(GetParam(), living_.at(point).vector, living_.at(other).vector));
        }
        values.push_back(chosen.empty()
                             ? -negative
                             : query.diversity->lambda * -negative - (1 - query.diversity->lambda) * most);
      }
      const auto best = std::ranges::max_element(values) - values.begin();
      chosen.push_back(left[static_cast<size_t>(best)].second);
      left.erase(left.begin() + best);
    }
    std::vector<std::string> ids;
    for (storage::PointId point : chosen) ids.push_back(living_.at(point).id);
    return ids;
  }

  void CompareGroups() {
    SearchRequest query = RandomQuery();
    query.group_by = {"tags", 1 + static_cast<uint32_t>(random_() % 4)};
    const auto result = engine().Search(query);
    ASSERT_TRUE(result.ok()) << result.status();
    std::vector<std::string> found;
    for (const Hit& hit : result->hits) {
      found.push_back(std::get<std::string>(hit.group->data) + " " + hit.document.id);
    }
    EXPECT_EQ(found, ReferenceGroups(query));
    EXPECT_FALSE(result->underfilled);
  }

  void CompareDiverse() {
    SearchRequest query = RandomQuery();
    const float lambdas[] = {0, 0.25f, 0.5f, 0.75f, 1};
    query.diversity = {lambdas[random_() % 5], query.top_k + static_cast<uint32_t>(random_() % 60)};
    EXPECT_EQ(FindIds(query), ReferenceDiverse(query));
  }

  // Pages with writes between them show exactly what has stayed, in its order, and no id twice.
  void ComparePages() {
    SearchRequest query = RandomQuery();
    const std::vector<Rank> before = Ranking(query);
    std::vector<storage::PointId> shown;
    std::set<std::string> ids;
    do {
      const auto page = engine().Search(query);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const Hit& hit : page->hits) {
        shown.push_back(hit.point);
        EXPECT_TRUE(ids.insert(hit.document.id).second) << hit.document.id << " twice";
      }
      query.page_token = page->next_page_token;
      if (random_() % 3 == 0) Write();
      if (random_() % 3 == 0) Erase();
    } while (!query.page_token.empty());
    std::vector<storage::PointId> stayed, stayed_shown;
    for (const Rank& rank : before) {
      if (living_.contains(rank.second)) stayed.push_back(rank.second);
    }
    for (storage::PointId point : shown) {
      if (living_.contains(point)) stayed_shown.push_back(point);
    }
    EXPECT_EQ(stayed_shown, stayed);
  }

  std::mt19937 random_;
  std::map<storage::PointId, Known> living_;
};

TEST_P(SearchChoiceModelTest, AgreesWithTheReferences) {
  const unsigned seed = Seed();
  SCOPED_TRACE("VOISIN_SEED=" + std::to_string(seed));
  random_.seed(seed);
  options_.seal_points = 64;
  Open();
  MakeVectors("c", 3, GetParam());
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    Write();
    if (round % 3 == 0) Erase();
    if (round % 20 == 19) Restart();
    CompareGroups();
    CompareDiverse();
    ComparePages();
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, SearchChoiceModelTest,
                         testing::Values(index::Metric::dot, index::Metric::l2), [](const auto& metric) {
                           return std::string(metric.param == index::Metric::dot ? "dot" : "l2");
                         });

}  // namespace
}  // namespace voisin::service
