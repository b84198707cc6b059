#include "tests/bench/split_batch.h"

#include <latch>

namespace voisin::bench {
namespace {

// The part of `threads` in which the middle of text `text` lies.
int PartOf(const encoder::Batch& batch, int32_t text, int threads) {
  const auto i = static_cast<size_t>(text);
  const int64_t twice_middle =
      int64_t{batch.cumulative_seq_lengths[i]} + int64_t{batch.cumulative_seq_lengths[i + 1]};
  return static_cast<int>(twice_middle * threads / (2 * int64_t{batch.tokens()}));
}

}  // namespace

SplitBatch::SplitBatch(const encoder::Batch& batch, int threads) {
  int last = -1;
  for (int32_t text = 0; text < batch.size(); ++text) {
    const int part = PartOf(batch, text, threads);
    if (part != last) parts_.emplace_back();
    last = part;
    parts_.back().Append(batch, text);
  }
  const auto others = static_cast<int>(parts_.size()) - 1;
  if (others > 0) others_ = std::make_unique<ThreadPool>(ThreadPool::Options{.threads = others});
}

absl::Status SplitBatch::Encode(const encoder::TextEncoder& encoder, std::span<float> rows) {
  const auto width = static_cast<size_t>(encoder.info().dimensions);
  std::vector<absl::Status> statuses(parts_.size());
  std::latch ended(static_cast<ptrdiff_t>(parts_.size()) - 1);
  size_t first = static_cast<size_t>(parts_[0].size());
  for (size_t i = 1; i < parts_.size(); ++i) {
    const size_t texts = static_cast<size_t>(parts_[i].size());
    const auto encode = [&, i, own = rows.subspan(first * width, texts * width)] {
      statuses[i] = encoder.Encode(parts_[i], own);
      ended.count_down();
    };
    first += texts;
    if (!others_->TrySchedule(encode)) encode();
  }
  statuses[0] = encoder.Encode(parts_[0], rows.first(static_cast<size_t>(parts_[0].size()) * width));
  ended.wait();
  for (absl::Status& status : statuses) {
    if (!status.ok()) return std::move(status);
  }
  return absl::OkStatus();
}

}  // namespace voisin::bench
