#include "storage/posting_journal.h"

#include <algorithm>

namespace voisin::storage {

void PostingJournal::Publish(uint64_t sequence, Changes changes) {
  MutexLock lock(mutex_);
  published_ = sequence;
  if (changes == nullptr || changes->empty()) return;
  bytes_ += changes->bytes();
  writes_.push_back({sequence, std::move(changes)});
  while (bytes_ > max_bytes_) {
    bytes_ -= writes_.front().changes->bytes();
    forgotten_ = writes_.front().sequence;
    writes_.pop_front();
  }
}

std::optional<std::vector<PostingJournal::Changes>> PostingJournal::Between(uint64_t from,
                                                                            uint64_t to) const {
  MutexLock lock(mutex_);
  if (from < forgotten_ || to > published_) return std::nullopt;
  std::vector<Changes> between;
  auto at = std::ranges::upper_bound(writes_, from, {}, &Write::sequence);
  for (; at != writes_.end() && at->sequence <= to; ++at) between.push_back(at->changes);
  return between;
}

}  // namespace voisin::storage
