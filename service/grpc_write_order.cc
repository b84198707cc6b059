#include "service/grpc_write_order.h"

#include <algorithm>

namespace voisin::service {

void WriteOrder::Run(std::vector<std::string> document_ids, std::function<void()> start) {
  {
    MutexLock lock(mutex_);
    if (!waiting_.empty() || !Admit(document_ids)) {
      waiting_.push_back({std::move(document_ids), std::move(start)});
      return;
    }
  }
  start();
}

void WriteOrder::Done(const std::vector<std::string>& document_ids) {
  std::vector<std::function<void()>> startable;
  {
    MutexLock lock(mutex_);
    for (const std::string& id : document_ids) running_.erase(id);
    for (; !waiting_.empty() && Admit(waiting_.front().document_ids); waiting_.pop_front()) {
      startable.push_back(std::move(waiting_.front().start));
    }
  }
  for (const auto& start : startable) start();
}

bool WriteOrder::Admit(const std::vector<std::string>& document_ids) {
  const auto running = [this](const std::string& id) { return running_.contains(id); };
  if (std::any_of(document_ids.begin(), document_ids.end(), running)) return false;
  running_.insert(document_ids.begin(), document_ids.end());
  return true;
}

}  // namespace voisin::service
