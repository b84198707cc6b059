// Debian's faiss::IndexHNSWFlat.

#include <faiss/IndexHNSW.h>
#include <omp.h>

#include "tests/bench/index_peers.h"

namespace voisin::index {
namespace {

class FaissPeer final : public LinkedPeer {
 public:
  FaissPeer(uint32_t dimensions, const IndexParams& params)
      : LinkedPeer(dimensions),
        index_(static_cast<int>(dimensions), static_cast<int>(params.m), faiss::METRIC_INNER_PRODUCT) {
    index_.hnsw.efConstruction = static_cast<int>(params.ef_construction);
  }

  std::string name() const override { return "faiss 1.7.3 IndexHNSWFlat"; }

  void Insert(const float* rows, uint32_t count, int threads) override {
    omp_set_num_threads(threads);
    index_.add(count, rows);
    omp_set_num_threads(1);
  }

  std::vector<PointId> Search(const float* query, uint32_t top_k, uint32_t ef) override {
    std::vector<float> distances(top_k);
    std::vector<faiss::Index::idx_t> labels(top_k);
    index_.hnsw.efSearch = static_cast<int>(ef);
    index_.search(1, query, top_k, distances.data(), labels.data());
    std::vector<PointId> ids;
    for (faiss::Index::idx_t label : labels) ids.push_back(static_cast<PointId>(label + 1));
    return ids;
  }

 private:
  faiss::IndexHNSWFlat index_;
};

}  // namespace

std::unique_ptr<Peer> MakeFaissPeer(uint32_t dimensions, const IndexParams& params) {
  return std::make_unique<FaissPeer>(dimensions, params);
}

}  // namespace voisin::index
