#include "index/segment_build.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/files.h"
#include "base/status_macros.h"
#include "index/hnsw_builder.h"
#include "index/segment_lists.h"

namespace voisin::index {
namespace {

// Looks at graphs from the largest down for one that everything smaller is a fair addition to.
void ChooseBase(std::vector<std::shared_ptr<GraphSegment>> graphs, const BuildOptions& options,
                BuildPlan& plan) {
  std::ranges::sort(graphs, {}, [](const auto& segment) { return segment->nodes(); });
  uint64_t additions = LivePoints(plan.graphs, plan.flats);
  for (const auto& segment : graphs) additions += segment->live();
  for (; !graphs.empty(); graphs.pop_back()) {
    const std::shared_ptr<GraphSegment>& largest = graphs.back();
    additions -= largest->live();
    if (largest->view().graph.m != options.params.m || additions == 0) continue;
    if (additions * options.growth_divisor < largest->nodes()) continue;
    plan.base = largest;
    plan.graphs.insert(plan.graphs.end(), graphs.begin(), graphs.end() - 1);
    return;
  }
}

// Gathers points into nodes of distinct vectors.
class Assembler {
 public:
  Assembler(uint32_t dimensions, uint64_t max_nodes) : dimensions_(dimensions) {
    arrays_.dimensions = dimensions;
    arrays_.vectors.reserve(max_nodes * dimensions);
  }

  // The nodes of `base` keep their numbers, those without a live point too.
  void StartFrom(const GraphSegment& base) {
    const std::span<const float> vectors = base.view().vectors;
    arrays_.vectors.assign(vectors.begin(), vectors.end());
    for (uint32_t node = 0; node < base.nodes(); ++node) nodes_.emplace(Hash(node), node);
    ForEachLive(base, [&](PointId id, uint32_t node) { points_.push_back({id, node}); });
  }
  void Add(const GraphSegment& segment) {
    ForEachLive(segment, [&](PointId id, uint32_t node) { AddPoint(id, segment.vector(node)); });
  }
  void Add(const FlatSegment& segment) {
    for (uint32_t row = 0; row < segment.size(); ++row) {
      if (!segment.IsDead(row)) AddPoint(segment.id(row), segment.vector(row));
    }
  }

  SegmentArrays Take() {
    std::ranges::sort(points_, {}, &Point::id);
    for (const Point& point : points_) {
      arrays_.ids.push_back(point.id);
      arrays_.node_of.push_back(point.node);
    }
    return std::move(arrays_);
  }

 private:
  struct Point {
    PointId id;
    uint32_t node;
  };

  template <typename Use>
  static void ForEachLive(const GraphSegment& segment, Use use) {
    for (uint32_t slot = 0; slot < segment.points(); ++slot) {
      if (!segment.IsDead(slot)) use(segment.view().ids[slot], segment.view().node_of[slot]);
    }
  }

  void AddPoint(PointId id, const float* vector) {
    const uint32_t node = static_cast<uint32_t>(arrays_.vectors.size() / dimensions_);
    arrays_.vectors.insert(arrays_.vectors.end(), vector, vector + dimensions_);
    const auto [found, inserted] = nodes_.emplace(Hash(node), node);
    if (!inserted && Equal(found->second, node)) {
      arrays_.vectors.resize(arrays_.vectors.size() - dimensions_);
      points_.push_back({id, found->second});
    } else {
      points_.push_back({id, node});
    }
  }

  const float* Row(uint32_t node) const { return arrays_.vectors.data() + size_t{node} * dimensions_; }
  uint64_t Hash(uint32_t node) const {
    return Checksum({reinterpret_cast<const char*>(Row(node)), size_t{dimensions_} * sizeof(float)});
  }
  bool Equal(uint32_t a, uint32_t b) const {
    return std::memcmp(Row(a), Row(b), size_t{dimensions_} * sizeof(float)) == 0;
  }

  const uint32_t dimensions_;
  SegmentArrays arrays_;
  std::vector<Point> points_;
  std::unordered_map<uint64_t, uint32_t> nodes_;  // hash of a vector -> the first node with it
};

SegmentArrays Assemble(const BuildPlan& plan, const BuildOptions& options) {
  Assembler assembler(options.dimensions,
                      LivePoints(plan.graphs, plan.flats) + (plan.base ? plan.base->nodes() : 0));
  if (plan.base != nullptr) assembler.StartFrom(*plan.base);
  for (const auto& segment : plan.graphs) assembler.Add(*segment);
  for (const auto& segment : plan.flats) assembler.Add(*segment);
  return assembler.Take();
}

bool IsLive(const BuildPlan& plan, PointId id) {
  return (plan.base != nullptr && plan.base->ContainsLive(id)) || AnyHasLive(plan.graphs, id) ||
         AnyHasLive(plan.flats, id);
}

}  // namespace

bool TooMuchWaste(const GraphSegment& segment, double max_dead_ratio) {
  return segment.waste() > max_dead_ratio * (static_cast<double>(segment.live()) + segment.waste());
}

bool IsScattered(const SegmentList& list) {
  if (list.graphs.empty()) return false;
  const auto& largest =
      **std::ranges::max_element(list.graphs, {}, [](const auto& segment) { return segment->nodes(); });
  return IsWorthConsolidating(largest.nodes(), LivePoints(list.graphs, list.flats) - largest.live());
}

BuildPlan PlanBuild(const SegmentList& list, const BuildOptions& options) {
  BuildPlan plan;
  plan.flats.assign(list.flats.begin(), list.flats.end() - 1);
  std::vector<std::shared_ptr<GraphSegment>> others;
  for (const auto& segment : list.graphs) {
    const double bearable = segment->number() < options.no_waste_before ? 0 : options.max_dead_ratio;
    (TooMuchWaste(*segment, bearable) ? plan.graphs : others).push_back(segment);
  }
  ChooseBase(std::move(others), options, plan);
  return plan;
}

absl::StatusOr<std::shared_ptr<GraphSegment>> BuildSegment(const BuildPlan& plan, const BuildOptions& options,
                                                           uint64_t number, const std::atomic<bool>& stop) {
  SegmentArrays arrays = Assemble(plan, options);
  if (arrays.ids.empty()) return nullptr;
  arrays.codes = Quantize(options.metric, options.dimensions, arrays.vectors);
  HnswInput input{.vectors = arrays.vectors.data(),
                  .nodes = static_cast<uint32_t>(arrays.vectors.size() / options.dimensions),
                  .dimensions = options.dimensions,
                  .codes = arrays.codes.view(),
                  .metric = options.metric,
                  .params = options.params,
                  .base = plan.base == nullptr ? GraphView{} : plan.base->view().graph,
                  .threads = options.threads};
  ASSIGN_OR_RETURN(arrays.links, BuildHnsw(input, stop));
  return GraphSegment::Own(number, std::move(arrays));
}

void CarryRemovals(const BuildPlan& plan, GraphSegment& built) {
  const auto check = [&](PointId id) {
    if (!IsLive(plan, id)) built.Remove(id);
  };
  if (plan.base != nullptr) ForEachDeadSlot(*plan.base, check);
  for (const auto& segment : plan.graphs) ForEachDeadSlot(*segment, check);
  for (const auto& segment : plan.flats) ForEachDeadRow(*segment, check);
}

SegmentList Replace(const SegmentList& list, const BuildPlan& plan, std::shared_ptr<GraphSegment> built) {
  SegmentList replaced = list;
  KeepOthers(replaced.graphs, plan.graphs);
  if (plan.base != nullptr) KeepOthers(replaced.graphs, {plan.base});
  KeepOthers(replaced.flats, plan.flats);
  if (built != nullptr) replaced.graphs.push_back(std::move(built));
  return replaced;
}

}  // namespace voisin::index
