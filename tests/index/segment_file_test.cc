#include "index/segment_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "index/graph_walk.h"
#include "index/segment_scan.h"
#include "tests/index/index_test_data.h"
#include "tests/support/scratch_dir.h"
#include "tests/support/source_dir.h"

namespace voisin::index {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr Shape kShape{.dimensions = 2, .metric = Metric::l2};

// A file as version 1 wrote it, without codes.
MappedFile FirstVersion() {
  return MappedFile::Open(voisin::test::SourceDir() / "tests/fuzz/corpus/fuzz_index_file/graph").value();
}

// The best five, by a walk.
std::vector<Neighbor> Walked(const GraphFile& file) {
  const GraphSegment segment(1, file.view, file.codes);
  const Scorer scorer(kShape.metric, kShape.dimensions);
  const float vector[] = {0.5f, -1.0f};
  const CodeQuery codes(kShape.metric, segment.view().codes, vector);
  TopK best(5, std::nullopt);
  const WalkResult walk = Walk(segment, codes, 100, nullptr);
  EXPECT_TRUE(Rerank(segment, scorer, {.vector = vector}, codes, walk.nodes, best).ok());
  return best.Take();
}

std::vector<Neighbor> Scanned(const GraphFile& file) {
  const GraphSegment segment(1, file.view, file.codes);
  const float vector[] = {0.5f, -1.0f};
  const CodeQuery codes(kShape.metric, segment.view().codes, vector);
  TopK best(5, std::nullopt);
  const Scorer scorer(kShape.metric, kShape.dimensions);
  EXPECT_TRUE(ScanSegment(segment, scorer, {.vector = vector}, codes, best).ok());
  return best.Take();
}

TEST(SegmentFileTest, TheFirstVersionStillOpens) {
  const MappedFile file = FirstVersion();
  const auto parsed = ParseGraphFile(file.text(), kShape);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  ASSERT_NE(parsed->codes, nullptr);
  EXPECT_EQ(parsed->view.codes.terms.size(), parsed->view.graph.nodes());
  ASSERT_FALSE(Walked(*parsed).empty());
  EXPECT_EQ(Walked(*parsed), Scanned(*parsed));
}

TEST(SegmentFileTest, WrittenAgainItHasItsCodes) {
  const MappedFile old = FirstVersion();
  const auto first = ParseGraphFile(old.text(), kShape).value();
  const voisin::test::ScratchDir scratch;
  const FileStamp written = WriteGraphFile(scratch.path() / "graph", first.view, kShape.metric).value();
  const MappedFile file = MappedFile::Open(scratch.path() / "graph").value();
  FileStamp found;
  const auto second = ParseGraphFile(file.text(), kShape, &found);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(found, written);
  EXPECT_EQ(second->codes, nullptr);
  EXPECT_THAT(second->view.codes.codes, ElementsAreArray(first.view.codes.codes));
  EXPECT_THAT(second->view.codes.centre, ElementsAreArray(first.view.codes.centre));
  EXPECT_EQ(second->view.codes.radius, first.view.codes.radius);
  EXPECT_EQ(second->view.codes.largest_scale, first.view.codes.largest_scale);
  EXPECT_EQ(Walked(*second), Walked(first));
}

TEST(SegmentFileTest, CodesThatDoNotFitAreRefused) {
  const MappedFile old = FirstVersion();
  const auto good = ParseGraphFile(old.text(), kShape).value();
  const voisin::test::ScratchDir scratch;
  const auto refused = [&](auto change) {
    SegmentView view = good.view;
    change(view.codes);
    EXPECT_TRUE(WriteGraphFile(scratch.path() / "graph", view, kShape.metric).ok());
    const MappedFile file = MappedFile::Open(scratch.path() / "graph").value();
    const auto parsed = ParseGraphFile(file.text(), kShape);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kDataLoss);
    return std::string(parsed.status().message());
  };
  std::vector<int8_t> low(good.view.codes.codes.begin(), good.view.codes.codes.end());
  ASSERT_FALSE(low.empty());
  low.back() = -128;
  EXPECT_THAT(refused([](CodesView& c) { c.centre = c.centre.first(1); }), HasSubstr("floats of the centre"));
  EXPECT_THAT(refused([](CodesView& c) { c.codes = c.codes.first(64); }), HasSubstr("codes: expected"));
  EXPECT_THAT(refused([](CodesView& c) { c.terms = c.terms.first(1); }), HasSubstr("terms of codes"));
  EXPECT_THAT(refused([&](CodesView& c) { c.codes = low; }), HasSubstr("found -128"));
}

}  // namespace
}  // namespace voisin::index
