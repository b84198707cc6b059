#pragma once

#include <memory>

#include "encoder/batch_scheduler.h"
#include "encoder/embedding_cache.h"

namespace voisin::encoder {

// A scheduler that encodes only what neither the cache holds nor another caller is having encoded. A result has
// the very bits that the forward pass gave, whoever asked first.
//
// A text whose twin is being encoded waits for it instead, except that a query never waits for ingest. When the
// twin's request ends without a result (an error in another of its texts, a caller who left, a deadline), those
// who waited submit the text themselves: nobody's error or departure is another's. Errors are not cached. Of
// EncodeResult's times, only what a request had encoded itself counts; one that only waited has waited in `queue`.
class CachingScheduler : public BatchScheduler {
 public:
  struct Counts {
    uint64_t hits = 0;    // texts answered from the cache, or by a twin
    uint64_t misses = 0;  // texts encoded
  };

  // Takes over `inner`, which encodes with the model of `info`; `cache` outlives the scheduler. Submit refuses
  // like the inner scheduler, and when texts of more than `max_waiting_bytes` wait.
  static std::unique_ptr<CachingScheduler> Create(std::unique_ptr<BatchScheduler> inner,
                                                  const ModelInfo& info, EmbeddingCache& cache,
                                                  int64_t max_waiting_bytes);

  virtual Counts counts() const = 0;  // since the start
};

}  // namespace voisin::encoder
