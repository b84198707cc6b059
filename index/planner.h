#pragma once

#include <cstdint>

namespace voisin::index {

// How one graph segment is searched.
enum class Method {
  scan,         // every node that may be an answer is compared
  walk,         // the whole graph is walked, what may be an answer is kept
  narrow_walk,  // only nodes that may be answers are walked
};

struct PlanInput {
  double nodes = 0;    // of the graph
  double allowed = 0;  // those of them that the filter lets through; no filter: all
  uint32_t links = 0;  // of a node on the lowest level, at most
  uint32_t ef = 0;
};

// What a method costs, in units of one row of codes compared on a walk: a measured model (adr/0017).
double ScanCost(const PlanInput& input);
double WalkCost(const PlanInput& input);
double NarrowWalkCost(const PlanInput& input);

// The cheapest one; of equals the scan, which is exact.
Method ChooseMethod(const PlanInput& input);

}  // namespace voisin::index
