#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "index/types.h"

namespace voisin::index {

// Somebody else's index over the same rows. Rows are numbered from 1, as PointIds here are.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string name() const = 0;
  virtual void Build(const float* rows, uint32_t count, int threads) = 0;
  virtual std::vector<PointId> Search(const float* query, uint32_t top_k, uint32_t ef) = 0;
};

std::unique_ptr<Peer> MakeFaissPeer(uint32_t dimensions, const IndexParams& params);
// Null when it was not there at the time of the build.
std::unique_ptr<Peer> MakeHnswlibPeer(uint32_t dimensions, const IndexParams& params);

}  // namespace voisin::index
