#pragma once

#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "service/engine.h"

namespace grpc {
class HealthCheckServiceInterface;
}

namespace voisin::service {

// Tells gRPC's health service how the engine is: NOT_SERVING until it has recovered and from Stop on.
class HealthReporter {
 public:
  // Reports `services` and the server as a whole. `engine` and `health` outlive it.
  HealthReporter(const Engine& engine, grpc::HealthCheckServiceInterface& health,
                 std::vector<std::string> services);
  ~HealthReporter();

  void Stop();

 private:
  void WatchRecovery();
  void Report(bool serving);

  const Engine& engine_;
  grpc::HealthCheckServiceInterface& health_;
  const std::vector<std::string> services_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread watcher_;
};

}  // namespace voisin::service
