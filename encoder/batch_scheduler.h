#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "encoder/text_encoder.h"

namespace voisin::encoder {

// Each lane has its own threads; the kernel runs those of queries first.
enum class Lane { query, ingest };

// Texts to encode together; they may be split over several forward passes and share them with other callers.
struct EncodeJob {
  std::vector<std::string> texts;
  Lane lane = Lane::query;
  Truncation truncation = Truncation::error;
  std::string prompt;  // goes before each text; see PromptOf
  absl::Time deadline = absl::InfiniteFuture();
  // May be empty; asked on a worker thread before each text, never after `done`.
  std::function<bool()> cancelled;
  std::vector<size_t> numbers = {};  // what errors call each text; empty: 0, 1, ...
};

struct EncodedText {
  std::vector<float> values;  // info().dimensions floats
  uint32_t token_count = 0;   // before truncation
  bool truncated = false;
  uint32_t windows = 1;  // values are the mean of so many (Truncation::chunk)
};

struct EncodeResult {
  std::vector<EncodedText> texts;  // as many as asked, same order
  absl::Duration tokenize;         // time in this stage
  absl::Duration queue;            // from Submit to the first forward pass
  absl::Duration encode;           // forward passes
};

// Shares forward passes among concurrent callers by a token budget. Thread-safe; Submit never blocks on work.
class BatchScheduler {
 public:
  struct Options {
    int threads = 2;  // of each lane: forward passes at the same time, each on one thread
    // Per forward pass (one longer text goes alone). More is no faster.
    int32_t max_batch_tokens = 512;
    int64_t max_queued_bytes = 64 << 20;  // of text, over all jobs that wait
  };
  // `done` is called once, on a worker thread (or inside Submit when nothing is left to encode), unless Submit
  // refuses; it may call Submit. Errors: InvalidArgument (which text,
  // why), DeadlineExceeded, Cancelled.
  using Done = std::function<void(absl::StatusOr<EncodeResult>)>;

  // `encoder` outlives the scheduler.
  static std::unique_ptr<BatchScheduler> Create(const TextEncoder& encoder, Options options);
  // Finishes what is queued, and what `done` submits meanwhile.
  virtual ~BatchScheduler() = default;

  // ResourceExhausted, before any work, when the queue holds max_queued_bytes; `done` is then never called.
  virtual absl::Status Submit(EncodeJob job, Done done) = 0;
};

}  // namespace voisin::encoder
