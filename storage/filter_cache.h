#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "storage/point_bitmap.h"

namespace voisin::storage {

// Sets of points that parts of filters stood for, each as of one sequence number of the database: the ones used
// last, within a bound of memory. Thread-safe.
class FilterCache {
 public:
  struct Set {
    std::shared_ptr<const PointBitmap> points;  // never null
    uint64_t sequence = 0;
  };

  explicit FilterCache(size_t max_bytes) : max_bytes_(max_bytes) {}

  // A null `points` when there is none.
  Set Find(const std::string& key);
  // Replaces an older set; a newer one stays.
  void Put(const std::string& key, Set set);

 private:
  struct Kept {
    std::string key;
    Set set;
    size_t bytes = 0;
  };

  void Erase(std::list<Kept>::iterator kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_bytes_;
  Mutex mutex_;
  std::list<Kept> kept_ ABSL_GUARDED_BY(mutex_);  // used last first
  std::unordered_map<std::string, std::list<Kept>::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace voisin::storage
