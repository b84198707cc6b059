#include "encoder/s3_fifo.h"

#include <algorithm>

namespace voisin::encoder {
namespace {

constexpr int kMaxUses = 3;
constexpr size_t kSmallShare = 10;  // the small queue may hold a tenth

// What malloc adds to a block and rounds it up to, on 64-bit glibc.
constexpr size_t kBlock = 16;
constexpr size_t kPointer = sizeof(void*);
constexpr size_t kPlaceNode = 3 * kPointer + sizeof(std::string_view) + sizeof(void*) + kBlock;
constexpr size_t kGhost = sizeof(size_t) + (kPointer + sizeof(size_t) + kBlock);  // in the deque, in the set

size_t Hash(std::string_view key) { return std::hash<std::string_view>()(key); }

}  // namespace

size_t S3Fifo::BytesOf(const Entry& entry) {
  const size_t list_node = 2 * kPointer + sizeof(Entry) + kBlock;
  return list_node + kPlaceNode + entry.key.capacity() + kBlock +
         entry.value.values.capacity() * sizeof(float) + kBlock;
}

size_t S3Fifo::bytes() const {
  const size_t buckets = places_.bucket_count() + ghost_set_.bucket_count();
  return entry_bytes_ + ghosts_.size() * kGhost + buckets * kPointer;
}

const EncodedText* S3Fifo::Find(std::string_view key) {
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  Entry& entry = *found->second;
  entry.uses = std::min(entry.uses + 1, kMaxUses);
  return &entry.value;
}

void S3Fifo::Insert(std::string_view key, const EncodedText& value) {
  if (places_.contains(key)) return;
  const bool seen_lately = ghost_set_.erase(Hash(key)) > 0;
  Queue& queue = seen_lately ? main_ : small_;
  queue.push_front({std::string(key), value, 0});
  const size_t bytes_added = BytesOf(queue.front());
  places_.emplace(queue.front().key, queue.begin());
  entry_bytes_ += bytes_added;
  if (!seen_lately) small_bytes_ += bytes_added;
  while (bytes() > max_bytes_ && Step()) {
  }
}

bool S3Fifo::Step() {
  if (places_.empty()) return false;
  const bool from_small = main_.empty() || (!small_.empty() && small_bytes_ > max_bytes_ / kSmallShare);
  from_small ? StepSmall() : StepMain();
  return true;
}

void S3Fifo::StepSmall() {
  Entry& oldest = small_.back();
  small_bytes_ -= BytesOf(oldest);
  if (oldest.uses <= 1) {
    Remember(oldest.key);
    return Drop(small_);
  }
  oldest.uses = 0;
  main_.splice(main_.begin(), small_, std::prev(small_.end()));
}

void S3Fifo::StepMain() {
  Entry& oldest = main_.back();
  if (oldest.uses == 0) return Drop(main_);
  --oldest.uses;
  main_.splice(main_.begin(), main_, std::prev(main_.end()));
}

void S3Fifo::Drop(Queue& queue) {
  entry_bytes_ -= BytesOf(queue.back());
  places_.erase(queue.back().key);
  queue.pop_back();
}

// Not more ghosts than entries: a text that comes back later than that counts as new.
void S3Fifo::Remember(std::string_view key) {
  if (ghost_set_.insert(Hash(key)).second) ghosts_.push_back(Hash(key));
  while (ghosts_.size() > places_.size()) {
    ghost_set_.erase(ghosts_.front());
    ghosts_.pop_front();
  }
}

}  // namespace voisin::encoder
