#pragma once

#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "encoder/batch_scheduler.h"

namespace voisin::encoder {

// A map from keys to encoded texts that holds at most so many bytes and evicts by S3-FIFO (Yang et al., "FIFO
// queues are all you need for cache eviction", SOSP 2023): what is new waits in a small queue, and only what is
// asked for again, there or soon after it was dropped, gets into the main one. A long import of texts that
// never come back so displaces little. One thread at a time.
class S3Fifo {
 public:
  explicit S3Fifo(size_t max_bytes) : max_bytes_(max_bytes) {}
  S3Fifo(const S3Fifo&) = delete;
  S3Fifo& operator=(const S3Fifo&) = delete;

  // Null when absent; valid until the next Insert. Keys are compared whole.
  const EncodedText* Find(std::string_view key);
  // Keeps what is there already. May keep nothing, when `value` is large.
  void Insert(std::string_view key, const EncodedText& value);

  // Everything that the map has allocated, with the allocator's headers; never above max_bytes, but for the
  // empty tables.
  size_t bytes() const;
  size_t size() const { return places_.size(); }

 private:
  struct Entry {
    std::string key;
    EncodedText value;
    int uses = 0;  // since it entered its queue, at most kMaxUses
  };
  using Queue = std::list<Entry>;  // the newest first

  static size_t BytesOf(const Entry& entry);
  // One step towards less: evicts an entry or moves one on. False when there is none.
  bool Step();
  void StepSmall();
  void StepMain();
  void Drop(Queue& queue);
  void Remember(std::string_view key);

  const size_t max_bytes_;
  Queue small_;
  Queue main_;
  std::unordered_map<std::string_view, Queue::iterator> places_;  // views of Entry::key
  std::deque<size_t> ghosts_;  // hashes of what the small queue dropped, the oldest first
  std::unordered_set<size_t> ghost_set_;
  size_t entry_bytes_ = 0;
  size_t small_bytes_ = 0;  // of entry_bytes_
};

}  // namespace voisin::encoder
