// Any bytes as a segment file or a manifest: they are refused with a reason, or the result can be used.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/files.h"
#include "index/aligned.h"
#include "index/graph_walk.h"
#include "index/lexical_file.h"
#include "index/lexical_walk.h"
#include "index/manifest.h"
#include "index/segment_file.h"
#include "index/segment_scan.h"

namespace voisin::index {
namespace {

constexpr Shape kShape{.dimensions = 2, .metric = Metric::l2};

void UseGraph(std::string_view file) {
  const absl::StatusOr<GraphFile> parsed = ParseGraphFile(file, kShape);
  if (!parsed.ok()) return;
  const GraphSegment segment(1, parsed->view, parsed->codes);
  const Scorer scorer(kShape.metric, kShape.dimensions);
  const float query[] = {0.5f, -1.0f};
  TopK best(5, std::nullopt);
  const CodeQuery codes(kShape.metric, segment.view().codes, query);
  const WalkResult walk = Walk(segment, codes, 8, nullptr);
  if (!Rerank(segment, scorer, {.vector = query}, codes, walk.nodes, best).ok()) std::abort();
  if (!ScanSegment(segment, scorer, {.vector = query}, codes, best).ok()) std::abort();
  const PointSet filter({1, 3, 5});
  NarrowWalk(segment, codes, 8, AllowedNodes(segment, filter));
  if (best.Take().size() > 5) std::abort();
}

void UsePoints(std::string_view file) {
  const absl::StatusOr<FlatView> view = ParseFlatFile(file, kShape);
  if (view.ok() && view->vectors.size() != view->ids.size() * kShape.dimensions) std::abort();
}

// Every walk over whole lists and over single points ends and finds the same; removals leave nothing.
void UseWords(std::string_view file) {
  const absl::StatusOr<LexicalView> view = ParseLexicalFile(file);
  if (!view.ok() || view->terms.empty()) return;
  LexicalSegment segment(1, *view, nullptr);
  std::vector<TermId> terms{view->terms.front()};
  if (view->terms.size() > 1) terms.push_back(view->terms.back());
  std::vector<CountedTerm> counted;
  for (TermId term : terms) counted.push_back({{term, 1}, segment.live_points(*segment.FindTerm(term))});
  const Bm25 bm25({}, {segment.points(), segment.live_length()}, counted);
  TopK best(segment.points(), std::nullopt);
  SearchSegment(segment, terms, bm25, nullptr, best);
  const std::vector<TermNumber> numbers = TermNumbers(segment, terms);
  const std::vector<Neighbor> found = best.Take();
  if (found.empty()) std::abort();  // a term has at least one point
  for (const Neighbor& neighbor : found) {
    const Units sum = SumOfSlot(segment, *segment.FindSlot(neighbor.id), numbers, bm25);
    if (bm25.Score(sum) != neighbor.score) std::abort();
  }
  for (uint32_t slot = 0; slot < segment.points(); ++slot) segment.RemoveSlot(slot);
  if (segment.live_points(0) != 0 || segment.live_length() != 0) std::abort();
}

void UseFile(std::string_view file) {
  UseWords(file);
  UseGraph(file);
  UsePoints(file);
  (void)ParseManifest(file);
}

// A mutated file seldom keeps its checksums; made right again, what lies behind them is reached.
// The places are those of the grammar in index/section_file.h.
void Reseal(AlignedVector<char>& file) {
  constexpr size_t kCount = 16, kFileSize = 24, kTableChecksum = 32, kTable = 40, kEntry = 24;
  if (file.size() < kTable) return;
  uint32_t sections;
  std::memcpy(&sections, file.data() + kCount, sizeof(sections));
  if (sections > 64 || file.size() < kTable + sections * kEntry) return;
  const uint64_t file_size = file.size();
  std::memcpy(file.data() + kFileSize, &file_size, sizeof(file_size));
  const std::string_view all(file.data(), file.size());
  for (char* entry = file.data() + kTable; entry < file.data() + kTable + sections * kEntry;
       entry += kEntry) {
    uint64_t place[2];
    std::memcpy(place, entry, sizeof(place));
    if (place[0] > all.size() || place[1] > all.size() - place[0]) continue;
    const uint64_t checksum = Checksum(all.substr(place[0], place[1]));
    std::memcpy(entry + sizeof(place), &checksum, sizeof(checksum));
  }
  std::string covered(all.substr(0, kTableChecksum));
  covered += all.substr(kTable, sections * kEntry);
  const uint64_t checksum = Checksum(covered);
  std::memcpy(file.data() + kTableChecksum, &checksum, sizeof(checksum));
}

}  // namespace
}  // namespace voisin::index

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace voisin::index;
  AlignedVector<char> file(data, data + size);  // as a mapping would lie
  UseFile({file.data(), file.size()});
  Reseal(file);
  UseFile({file.data(), file.size()});
  return 0;
}
