#pragma once

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "base/thread_pool.h"
#include "encoder/text_encoder.h"

namespace voisin::bench {

// A batch of texts cut into a part for each thread, about as many tokens each, as the server's scheduler spreads
// what it has; one text is never cut. The caller's thread encodes the first part.
class SplitBatch {
 public:
  SplitBatch(const encoder::Batch& batch, int threads);

  // `rows`: of all texts, in their order. From one thread at a time.
  absl::Status Encode(const encoder::TextEncoder& encoder, std::span<float> rows);

 private:
  std::vector<encoder::Batch> parts_;
  std::unique_ptr<ThreadPool> others_;  // null for one part
};

}  // namespace voisin::bench
