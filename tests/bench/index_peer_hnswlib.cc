// hnswlib, compiled for this machine as its users compile it. Nothing else may be: this unit shares no template with ours.

#include "tests/bench/index_peers.h"

#if __has_include(<hnswlib/hnswlib.h>)

#include <hnswlib/hnswlib.h>

#include <atomic>
#include <thread>

namespace voisin::index {
namespace {

class HnswlibPeer final : public LinkedPeer {
 public:
  HnswlibPeer(uint32_t dimensions, const IndexParams& params)
      : LinkedPeer(dimensions), params_(params), space_(dimensions) {}

  std::string name() const override { return "hnswlib 0.6.2"; }

  void Insert(const float* rows, uint32_t count, int threads) override {
    index_ =
        std::make_unique<hnswlib::HierarchicalNSW<float>>(&space_, count, params_.m, params_.ef_construction);
    std::atomic<uint32_t> next{0};
    const auto insert = [&] {
      for (uint32_t row = next++; row < count; row = next++) {
        index_->addPoint(rows + size_t{row} * dimensions_, size_t{row} + 1);
      }
    };
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back(insert);
    for (std::thread& worker : workers) worker.join();
  }

  std::vector<PointId> Search(const float* query, uint32_t top_k, uint32_t ef) override {
    index_->setEf(ef);
    std::vector<PointId> ids;
    for (auto found = index_->searchKnn(query, top_k); !found.empty(); found.pop()) {
      ids.push_back(found.top().second);
    }
    return ids;
  }

 private:
  const IndexParams params_;
  hnswlib::InnerProductSpace space_;
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> index_;
};

}  // namespace

std::unique_ptr<Peer> MakeHnswlibPeer(uint32_t dimensions, const IndexParams& params) {
  return std::make_unique<HnswlibPeer>(dimensions, params);
}

}  // namespace voisin::index

#else

namespace voisin::index {

std::unique_ptr<Peer> MakeHnswlibPeer(uint32_t, const IndexParams&) { return nullptr; }

}  // namespace voisin::index

#endif
