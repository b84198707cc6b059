#include "index/hnsw_graph.h"

#include <string>

#include "base/status_macros.h"

namespace voisin::index {
namespace {

absl::Status Wrong(const std::string& what, uint64_t expected, uint64_t found) {
  return absl::DataLossError("graph: " + what + ": expected " + std::to_string(expected) + ", found " +
                             std::to_string(found));
}

absl::Status CheckLinks(const GraphView& graph, std::span<const uint32_t> links, uint32_t level) {
  for (uint32_t target : links) {
    if (target == kNoNode) continue;
    if (target >= graph.nodes()) return Wrong("link to a node below", graph.nodes(), target);
    if (graph.levels[target] < level) return Wrong("link to a node of level", level, graph.levels[target]);
  }
  return absl::OkStatus();
}

absl::Status CheckLevels(const GraphView& graph) {
  if (graph.max_level > kMaxGraphLevel)
    return Wrong("highest level at most", kMaxGraphLevel, graph.max_level);
  if (graph.entry >= graph.nodes()) return Wrong("entry node below", graph.nodes(), graph.entry);
  if (graph.levels[graph.entry] != graph.max_level) {
    return Wrong("level of the entry node", graph.max_level, graph.levels[graph.entry]);
  }
  for (uint8_t level : graph.levels) {
    if (level > graph.max_level) return Wrong("level of a node at most", graph.max_level, level);
  }
  return absl::OkStatus();
}

absl::Status CheckUpperLinks(const GraphView& graph) {
  size_t offset = 0;
  for (uint8_t node_level : graph.levels) {
    for (uint32_t level = 1; level <= node_level; ++level, offset += graph.m) {
      RETURN_IF_ERROR(CheckLinks(graph, graph.upper_links.subspan(offset, graph.m), level));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<uint64_t> UpperOffsets(const GraphView& graph) {
  std::vector<uint64_t> offsets(graph.levels.size() + 1);
  for (size_t node = 0; node < graph.levels.size(); ++node) {
    offsets[node + 1] = offsets[node] + uint64_t{graph.levels[node]} * graph.m;
  }
  return offsets;
}

absl::Status CheckGraph(const GraphView& graph) {
  if (graph.m == 0) return Wrong("links per node at least", 1, 0);
  RETURN_IF_ERROR(CheckLevels(graph));
  const uint64_t base_size = uint64_t{graph.nodes()} * 2 * graph.m;
  if (graph.base_links.size() != base_size)
    return Wrong("links of level 0", base_size, graph.base_links.size());
  const uint64_t upper_size = UpperOffsets(graph).back();
  if (graph.upper_links.size() != upper_size)
    return Wrong("links above level 0", upper_size, graph.upper_links.size());
  RETURN_IF_ERROR(CheckLinks(graph, graph.base_links, 0));
  return CheckUpperLinks(graph);
}

}  // namespace voisin::index
