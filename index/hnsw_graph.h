#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "index/aligned.h"

namespace voisin::index {

inline constexpr uint32_t kNoNode = std::numeric_limits<uint32_t>::max();
inline constexpr uint32_t kMaxGraphLevel = 63;

// Links of a navigable graph, flat. A node on level L has one list on each of the levels 0..L. Lists have
// room for 2 * m links on level 0 and m links above; a shorter list ends with kNoNode.
struct GraphView {
  uint32_t m = 0;
  uint32_t entry = 0;  // a node of the highest level
  uint32_t max_level = 0;
  std::span<const uint8_t> levels = {};        // of each node
  std::span<const uint32_t> base_links = {};   // level 0: 2 * m for each node
  std::span<const uint32_t> upper_links = {};  // levels 1..L of each node, in the order of the nodes: m each

  uint32_t nodes() const { return static_cast<uint32_t>(levels.size()); }
};

// The same, with its own memory.
struct GraphLinks {
  uint32_t m = 0;
  uint32_t entry = 0;
  uint32_t max_level = 0;
  std::vector<uint8_t> levels;
  AlignedVector<uint32_t> base_links;
  std::vector<uint32_t> upper_links;

  GraphView view() const { return {m, entry, max_level, levels, base_links, upper_links}; }
};

// For each node where its upper links begin in `upper_links`; one entry more than nodes.
std::vector<uint64_t> UpperOffsets(const GraphView& graph);

// OK when a walk can never leave the arrays: sizes agree, levels are in range, every link names a node that
// exists on the link's level. Otherwise DataLoss that says what is wrong. Nothing is assumed of the input.
absl::Status CheckGraph(const GraphView& graph);

}  // namespace voisin::index
