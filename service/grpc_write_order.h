#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"

namespace voisin::service {

// Lets the writes of one stream run at the same time, except that a write waits for every earlier one of the
// same document: the last in the stream wins. Thread-safe.
class WriteOrder {
 public:
  // Calls `start`, here or in a later Done. Writes start in the order of their calls.
  void Run(std::vector<std::string> document_ids, std::function<void()> start);
  // A write of these documents has ended.
  void Done(const std::vector<std::string>& document_ids);

 private:
  struct Waiting {
    std::vector<std::string> document_ids;
    std::function<void()> start;
  };

  bool Admit(const std::vector<std::string>& document_ids) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::unordered_set<std::string> running_ ABSL_GUARDED_BY(mutex_);  // document ids
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace voisin::service
