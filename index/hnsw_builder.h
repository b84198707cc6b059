#pragma once

#include <atomic>

#include "absl/status/statusor.h"
#include "index/hnsw_graph.h"
#include "index/quantizer.h"

namespace voisin::index {

struct HnswInput {
  const float* vectors = nullptr;  // nodes * dimensions, normalised under cosine
  uint32_t nodes = 0;              // at least 1
  uint32_t dimensions = 0;
  CodesView codes;  // of the vectors: what the graph is built on
  Metric metric = Metric::cosine;
  IndexParams params;
  GraphView base;  // links of the first base.nodes() vectors, to be extended; no nodes: start anew
  int threads = 1;
};

// Builds the graph with FAISS on the calling thread and its OpenMP helpers (which inherit the caller's
// priority). Cancelled soon after `stop` becomes true. Internal when FAISS throws.
absl::StatusOr<GraphLinks> BuildHnsw(const HnswInput& input, const std::atomic<bool>& stop);

}  // namespace voisin::index
