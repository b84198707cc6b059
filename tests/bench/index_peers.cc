#include "tests/bench/index_peers.h"

namespace voisin::index {

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double LinkedPeer::Build(const float* rows, uint32_t count, int threads) {
  const double start = Seconds(CLOCK_MONOTONIC);
  Insert(rows, count, threads);
  return Seconds(CLOCK_MONOTONIC) - start;
}

Pass LinkedPeer::SearchAll(const float* queries, uint32_t count, uint32_t top_k, uint32_t ef) {
  Pass pass;
  const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
  for (uint32_t i = 0; i < count; ++i) {
    pass.found.push_back(Search(queries + size_t{i} * dimensions_, top_k, ef));
  }
  pass.seconds = Seconds(CLOCK_THREAD_CPUTIME_ID) - start;
  return pass;
}

}  // namespace voisin::index
