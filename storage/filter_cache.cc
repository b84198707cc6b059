#include "storage/filter_cache.h"

namespace voisin::storage {
namespace {

constexpr size_t kNodeBytes = 256;

}  // namespace

FilterCache::Set FilterCache::Find(const std::string& key) {
  MutexLock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  kept_.splice(kept_.begin(), kept_, found->second);
  return found->second->set;
}

void FilterCache::Put(const std::string& key, Set set) {
  const size_t bytes = kNodeBytes + 2 * key.size() + set.points->bytes();
  MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    if (found->second->set.sequence >= set.sequence) return;
    Erase(found->second);
  }
  kept_.push_front({key, std::move(set), bytes});
  by_key_[key] = kept_.begin();
  bytes_ += bytes;
  while (bytes_ > max_bytes_) Erase(std::prev(kept_.end()));
}

void FilterCache::Erase(std::list<Kept>::iterator kept) {
  bytes_ -= kept->bytes;
  by_key_.erase(kept->key);
  kept_.erase(kept);
}

}  // namespace voisin::storage
