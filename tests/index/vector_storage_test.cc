#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "base/files.h"
#include "base/thread_pool.h"
#include "index/half_vectors.h"
#include "index/quantizer.h"
#include "index/searcher.h"
#include "index/vectors_on_file.h"
#include "tests/index/index_test_data.h"
#include "tests/support/scratch_dir.h"

namespace voisin::index {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uint32_t kDimensions = 48;
constexpr PointId kPoints = 900;

using Answers = std::vector<std::vector<Neighbor>>;

class VectorStorageTest : public ::testing::TestWithParam<std::tuple<VectorStorage, Metric>> {
 protected:
  static VectorStorage Storage() { return std::get<0>(GetParam()); }

  VectorIndex::Options Options(VectorStorage storage) {
    VectorIndex::Options options;
    options.dimensions = kDimensions;
    options.metric = std::get<1>(GetParam());
    options.params = {.m = 8, .ef_construction = 60, .ef_search = 40};
    options.vector_storage = storage;
    options.directory = scratch_.path() / "index";
    options.seal_points = 300;
    options.on_failure = [this](const absl::Status& status) { failures_.push_back(status); };
    return options;
  }

  std::unique_ptr<VectorIndex> Open(const VectorIndex::Options& options) {
    auto opened = VectorIndex::Open(options, &pool_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->damage, "");
    return std::move(opened->index);
  }

  void Fill(VectorIndex& index, float factor = 1) {
    test::ClusteredData data(3, kDimensions);
    for (PointId id = 1; id <= kPoints; ++id) {
      std::vector<float> vector = data.Next();
      for (float& x : vector) x *= factor;
      ASSERT_TRUE(index.Add(id, vector).ok());
    }
    index.WaitUntilIndexed();
  }

  static absl::StatusOr<SearchResult> Ask(const VectorIndex& index, std::span<const float> vector, bool exact,
                                          const PointSet* filter = nullptr) {
    return index.Search({.vector = vector, .top_k = 10, .exact = exact, .filter = filter});
  }

  // By walks, scans, and both narrowed to every third point.
  static Answers Ask(const VectorIndex& index, float factor = 1) {
    std::vector<PointId> third;
    for (PointId id = 1; id <= kPoints; id += 3) third.push_back(id);
    const PointSet filter(third);
    test::ClusteredData queries(17, kDimensions);
    Answers answers;
    for (int i = 0; i < 20; ++i) {
      std::vector<float> vector = queries.Next();
      for (float& x : vector) x *= factor;
      for (const PointSet* narrowed : {static_cast<const PointSet*>(nullptr), &filter}) {
        for (const bool exact : {false, true}) {
          answers.push_back(Ask(index, vector, exact, narrowed).value().neighbors);
        }
      }
    }
    return answers;
  }

  voisin::test::ScratchDir scratch_;
  std::vector<absl::Status> failures_;
  ThreadPool pool_{{}};
};

TEST_P(VectorStorageTest, AnswersAreThoseOfWholeVectorsInMemory) {
  Answers expected;
  {
    const auto whole = Open(Options(VectorStorage::float32));
    Fill(*whole);
    ASSERT_TRUE(whole->Save(kPoints).ok());
    expected = Ask(*whole);
  }
  EXPECT_EQ(Ask(*Open(Options(Storage()))), expected);
}

TEST_P(VectorStorageTest, AGraphThatIsBuiltLeavesItsVectorsOnFile) {
  const auto index = Open(Options(Storage()));
  Fill(*index);
  const IndexStats built = index->Stats();
  ASSERT_EQ(built.graph_points, kPoints);
  ASSERT_TRUE(index->Save(kPoints).ok());
  const Answers expected = Ask(*index);
  const auto reopened = Open(Options(Storage()));
  EXPECT_EQ(reopened->Stats().memory_bytes, built.memory_bytes);
  EXPECT_EQ(Ask(*reopened), expected);
  EXPECT_THAT(failures_, ::testing::IsEmpty());
}

TEST_P(VectorStorageTest, MemoryIsWhatWasPlanned) {
  const auto options = Options(Storage());
  const auto index = Open(options);
  Fill(*index);
  const IndexStats stats = index->Stats();
  ASSERT_EQ(stats.points, kPoints);
  const double planned = static_cast<double>(BytesPerVector(kDimensions, options.params, Storage()));
  const double taken = static_cast<double>(stats.memory_bytes) / static_cast<double>(kPoints);
  EXPECT_NEAR(taken / planned, 1, 0.1);
}

TEST_P(VectorStorageTest, WritesGoOnAndFilesAreKept) {
  const auto index = Open(Options(Storage()));
  Fill(*index);
  test::ClusteredData data(4, kDimensions);
  for (PointId id = kPoints + 1; id <= 2 * kPoints; ++id) {
    ASSERT_TRUE(index->Add(id, data.Next()).ok());
    ASSERT_TRUE(index->Remove(id - kPoints));
  }
  index->WaitUntilIndexed();
  index->SetAppliedLsn(2 * kPoints);
  ASSERT_TRUE(index->Compact().ok());
  const std::vector<float> query = data.Next();
  const std::vector<Neighbor> expected = Ask(*index, query, true).value().neighbors;
  for (const Neighbor& neighbor : expected) EXPECT_GT(neighbor.id, kPoints);
  const auto reopened = Open(Options(Storage()));
  EXPECT_EQ(reopened->Stats().points, kPoints);
  EXPECT_EQ(Ask(*reopened, query, true).value().neighbors, expected);
}

// Squares of such numbers still fit a float, the numbers no half.
TEST_P(VectorStorageTest, NumbersBeyondAHalf) {
  Answers expected;
  {
    const auto whole = Open(Options(VectorStorage::float32));
    Fill(*whole, 1e6f);
    ASSERT_TRUE(whole->Save(kPoints).ok());
    expected = Ask(*whole, 1e6f);
  }
  EXPECT_EQ(Ask(*Open(Options(Storage())), 1e6f), expected);
}

TEST_P(VectorStorageTest, AFileThatCannotBeWrittenLeavesTheVectorsInMemory) {
  ASSERT_TRUE(WriteFileAtomically(scratch_.path() / "file", "").ok());
  auto options = Options(Storage());
  options.directory = scratch_.path() / "file" / "index";
  const auto index = Open(options);
  Fill(*index);
  EXPECT_EQ(index->Stats().graph_points, kPoints);
  EXPECT_EQ(Ask(*index).size(), 80u);
  EXPECT_FALSE(failures_.empty());
}

std::string NameOf(const ::testing::TestParamInfo<std::tuple<VectorStorage, Metric>>& info) {
  const char* storages[] = {"float32", "float16", "int8"};
  const char* metrics[] = {"cosine", "dot", "l2"};
  return std::string(storages[static_cast<int>(std::get<0>(info.param))]) + "_" +
         metrics[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Storages, VectorStorageTest,
                         ::testing::Combine(::testing::Values(VectorStorage::float32, VectorStorage::float16,
                                                              VectorStorage::int8),
                                            ::testing::Values(Metric::cosine, Metric::dot, Metric::l2)),
                         NameOf);

TEST(VectorsOnFileTest, AFileThatCannotBeReadFailsTheSearchByItsName) {
  const voisin::test::ScratchDir scratch;
  const fs::path path = scratch.path() / "short";
  const std::vector<float> rows = test::ClusteredData(4, kDimensions).Next();
  ASSERT_TRUE(WriteFileAtomically(path, std::string(kDimensions, 'x')).ok());
  const auto arrays =
      std::make_shared<const SegmentArrays>(test::Unlinked(Metric::cosine, kDimensions, rows));
  for (const bool with_halves : {false, true}) {
    auto on_file =
        std::make_shared<const VectorsOnFile>(*ReadOnlyFile::Open(path), 0, kDimensions,
                                              with_halves ? HalfVectors(rows, kDimensions) : HalfVectors());
    SegmentList list;
    list.graphs.push_back(std::make_shared<GraphSegment>(1, arrays->view(), arrays, std::move(on_file)));
    for (const bool exact : {false, true}) {
      const auto found = SearchSegments(list, Scorer(Metric::cosine, kDimensions),
                                        {.vector = rows, .top_k = 1, .ef = 8, .exact = exact});
      ASSERT_TRUE(absl::IsDataLoss(found.status())) << found.status();
      EXPECT_THAT(std::string(found.status().message()), HasSubstr(path.string()));
    }
  }
}

class HalfVectorsTest : public ::testing::TestWithParam<Metric> {};

TEST_P(HalfVectorsTest, BoundsHoldTheScore) {
  constexpr size_t kRows = 200;
  const Scorer scorer(GetParam(), kDimensions);
  test::ClusteredData data(8, kDimensions, 5, 0.01);
  const std::vector<float> rows = test::Rows(data, kRows);
  const HalfVectors halves(rows, kDimensions);
  EXPECT_EQ(halves.memory_bytes(), rows.size() * 2);
  float widest = 0;
  for (uint32_t row = 0; row < kRows; ++row) {
    const std::vector<float> query = data.Next();
    HalfVectors::Bounds bounds;
    halves.ScoreRows(scorer, query.data(), LengthAtMost(query), {&row, 1}, &bounds);
    const float score = scorer.Score(query.data(), rows.data() + size_t{row} * kDimensions);
    EXPECT_LE(bounds.least, score);
    EXPECT_GE(bounds.most, score);
    widest = std::max(widest, bounds.most - bounds.least);
  }
  EXPECT_LT(widest, 0.2f) << "scores go up to " << kDimensions;
}

TEST(HalfVectorsRangeTest, NoneOfNumbersBeyondAHalf) {
  const std::vector<float> rows = {1, 2, 70000, 3};
  EXPECT_TRUE(HalfVectors(rows, 2).empty());
}

INSTANTIATE_TEST_SUITE_P(Metrics, HalfVectorsTest,
                         ::testing::Values(Metric::cosine, Metric::dot, Metric::l2));

}  // namespace
}  // namespace voisin::index
