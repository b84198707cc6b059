#pragma once

#include <cstdint>

namespace voisin::index {

// Names one version of one vector for ever: the log sequence number of the write that brought it. Ascending,
// never reused.
using PointId = uint64_t;

// Score of x for query q; greater is closer, for every metric:
//   cosine  <q, x> / (|q| |x|)      vectors are normalised when they are added, queries when they are asked
//   dot     <q, x>
//   l2      -|q - x|^2
enum class Metric { cosine, dot, l2 };

// Graph parameters (Malkov and Yashunin, arXiv:1603.09320).
struct IndexParams {
  uint32_t m = 32;                 // links per node and layer (2m on the lowest), 4..128
  uint32_t ef_construction = 200;  // candidates while inserting, m..2000
  uint32_t ef_search = 128;        // candidates while searching, unless a query names its own, 1..10000
};

// What of the vectors behind a graph stays in memory beside their 8-bit codes. Answers and their scores are the same:
// what is not in memory is read from the segment's file for the few vectors that may be answers.
enum class VectorStorage {
  float32,  // the vectors
  float16,  // halves of them, which leave little more than the answers themselves to be read
  int8,     // nothing
};

struct Neighbor {
  PointId id = 0;
  float score = 0;
  bool operator==(const Neighbor&) const = default;
};

}  // namespace voisin::index
