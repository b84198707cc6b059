#include "index/hnsw_builder.h"

#include <faiss/IndexHNSW.h>
#include <faiss/impl/DistanceComputer.h>
#include <omp.h>

#include <algorithm>
#include <exception>
#include <string>

namespace voisin::index {
namespace {

// Nodes inserted between two looks at `stop`.
constexpr uint32_t kBatch = 128;

// FAISS hands work to OpenMP helpers whose synchronisation no tool can see. This word makes the hand-over explicit: what
// one thread wrote before Give is seen by another after Take. It is no part of an object, so that a helper may read it
// before it has taken anything; all builds may share it, because it orders and decides nothing.
constinit std::atomic<uint64_t> hand_over{0};

void Give() { hand_over.fetch_add(1, std::memory_order_release); }
void Take() { (void)hand_over.load(std::memory_order_acquire); }

// Distances for FAISS (smaller is closer) by our kernels, over codes that the caller owns. FAISS asks with a pointer to
// the vector that it inserts, which says which row that is.
class CodeDistance final : public faiss::DistanceComputer {
 public:
  CodeDistance(const HnswInput& input, const CodePairs& pairs) : input_(input), pairs_(pairs) {}
  ~CodeDistance() override { Give(); }
  void set_query(const float* x) override {
    query_ = static_cast<size_t>(x - input_.vectors) / input_.dimensions;
  }
  float operator()(idx_t i) override { return -pairs_.Score(query_, static_cast<size_t>(i)); }
  float symmetric_dis(idx_t i, idx_t j) override {
    return -pairs_.Score(static_cast<size_t>(i), static_cast<size_t>(j));
  }

 private:
  const HnswInput& input_;
  const CodePairs& pairs_;
  size_t query_ = 0;
};

// The storage below faiss::IndexHNSW: counts rows, copies none.
class RowStorage final : public faiss::Index {
 public:
  RowStorage(const HnswInput& input, uint32_t rows)
      : faiss::Index(static_cast<idx_t>(input.dimensions), faiss::METRIC_L2),
        input_(input),
        pairs_(input.metric, input.codes) {
    ntotal = rows;
  }
  void add(idx_t n, const float*) override {
    ntotal += n;
    Give();
  }
  void search(idx_t, const float*, idx_t, float*, idx_t*, const faiss::SearchParameters*) const override {}
  void reset() override { ntotal = 0; }
  faiss::DistanceComputer* get_distance_computer() const override {
    Take();  // before the first look at this object
    return new CodeDistance(input_, pairs_);
  }

 private:
  const HnswInput& input_;
  const CodePairs pairs_;
};

// Copies the lists of one node, in FAISS's order of levels, between FAISS's form and ours.
struct NodeLists {
  faiss::HNSW::storage_idx_t* faiss_links;
  size_t base_length;
  size_t upper_length;
};

NodeLists ListsOf(faiss::HNSW& hnsw, uint32_t node, uint32_t m) {
  return {hnsw.neighbors.data() + hnsw.offsets[node], size_t{2} * m,
          hnsw.offsets[node + 1] - hnsw.offsets[node] - size_t{2} * m};
}

// FAISS marks a free place with -1, which is kNoNode as unsigned.
void Restore(const GraphView& base, faiss::HNSW& hnsw) {
  hnsw.entry_point = static_cast<faiss::HNSW::storage_idx_t>(base.entry);
  hnsw.max_level = static_cast<int>(base.max_level);
  for (uint8_t level : base.levels) {
    hnsw.levels.push_back(level + 1);
    hnsw.offsets.push_back(hnsw.offsets.back() + static_cast<size_t>(hnsw.cum_nb_neighbors(level + 1)));
  }
  hnsw.neighbors.resize(hnsw.offsets.back());
  size_t upper = 0;
  for (uint32_t node = 0; node < base.nodes(); ++node) {
    const NodeLists lists = ListsOf(hnsw, node, base.m);
    const uint32_t* base_list = base.base_links.data() + node * lists.base_length;
    std::copy_n(base_list, lists.base_length, lists.faiss_links);
    std::copy_n(base.upper_links.data() + upper, lists.upper_length, lists.faiss_links + lists.base_length);
    upper += lists.upper_length;
  }
}

GraphLinks TakeLinks(faiss::HNSW& hnsw, uint32_t m) {
  const uint32_t nodes = static_cast<uint32_t>(hnsw.levels.size());
  GraphLinks links{m, static_cast<uint32_t>(hnsw.entry_point), static_cast<uint32_t>(hnsw.max_level), {}, {},
                   {}};
  links.levels.reserve(nodes);
  links.base_links.reserve(size_t{nodes} * 2 * m);
  for (uint32_t node = 0; node < nodes; ++node) {
    links.levels.push_back(static_cast<uint8_t>(hnsw.levels[node] - 1));
    const NodeLists lists = ListsOf(hnsw, node, m);
    const faiss::HNSW::storage_idx_t* base = lists.faiss_links;
    const faiss::HNSW::storage_idx_t* upper = lists.faiss_links + lists.base_length;
    links.base_links.insert(links.base_links.end(), base, upper);
    links.upper_links.insert(links.upper_links.end(), upper, upper + lists.upper_length);
  }
  return links;
}

absl::StatusOr<GraphLinks> Build(const HnswInput& input, const std::atomic<bool>& stop) {
  RowStorage storage(input, input.base.nodes());
  faiss::IndexHNSW index(&storage, static_cast<int>(input.params.m));
  index.hnsw.efConstruction = static_cast<int>(input.params.ef_construction);
  index.hnsw.rng = faiss::RandomGenerator(static_cast<int64_t>(input.base.nodes()) + 1);
  if (input.base.nodes() > 0) Restore(input.base, index.hnsw);
  index.ntotal = input.base.nodes();
  omp_set_num_threads(input.threads);
  for (uint32_t begin = input.base.nodes(); begin < input.nodes; begin += kBatch) {
    if (stop.load(std::memory_order_acquire)) return absl::CancelledError("graph build stopped");
    const uint32_t count = std::min(kBatch, input.nodes - begin);
    index.add(count, input.vectors + size_t{begin} * input.dimensions);
    Take();  // what the helpers did happened before
  }
  return TakeLinks(index.hnsw, input.params.m);
}

}  // namespace

absl::StatusOr<GraphLinks> BuildHnsw(const HnswInput& input, const std::atomic<bool>& stop) {
  try {
    return Build(input, stop);
  } catch (const std::exception& error) {
    return absl::InternalError(std::string("graph build: ") + error.what());
  }
}

}  // namespace voisin::index
