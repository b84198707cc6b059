#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "index/types.h"

namespace voisin::index {

// What one pass over all queries took, by the clock of the thread that searched, and what it found.
struct Pass {
  double seconds = 0;
  std::vector<std::vector<PointId>> found;
};

// Somebody else's index over the same rows. Rows are numbered from 1, as PointIds here are.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string name() const = 0;
  // Returns the seconds it took.
  virtual double Build(const float* rows, uint32_t count, int threads) = 0;
  virtual Pass SearchAll(const float* queries, uint32_t count, uint32_t top_k, uint32_t ef) = 0;
};

// One that this process runs.
class LinkedPeer : public Peer {
 public:
  explicit LinkedPeer(uint32_t dimensions) : dimensions_(dimensions) {}
  double Build(const float* rows, uint32_t count, int threads) final;
  Pass SearchAll(const float* queries, uint32_t count, uint32_t top_k, uint32_t ef) final;

 protected:
  virtual void Insert(const float* rows, uint32_t count, int threads) = 0;
  virtual std::vector<PointId> Search(const float* query, uint32_t top_k, uint32_t ef) = 0;

  const uint32_t dimensions_;
};

std::unique_ptr<Peer> MakeFaissPeer(uint32_t dimensions, const IndexParams& params);
// Null when it was not there at the time of the build.
std::unique_ptr<Peer> MakeHnswlibPeer(uint32_t dimensions, const IndexParams& params);
// `command` starts usearch_peer.mjs with the folder of its package; null when it is empty.
std::unique_ptr<Peer> MakeUsearchPeer(const std::string& command, uint32_t dimensions,
                                      const IndexParams& params);

// Seconds of CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID and so on.
double Seconds(clockid_t clock);

}  // namespace voisin::index
