#include "service/grpc_health.h"

#include <grpcpp/health_check_service_interface.h>

namespace voisin::service {
namespace {

constexpr auto kPause = std::chrono::milliseconds(20);

}  // namespace

HealthReporter::HealthReporter(const Engine& engine, grpc::HealthCheckServiceInterface& health,
                               std::vector<std::string> services)
    : engine_(engine), health_(health), services_(std::move(services)) {
  Report(engine_.readiness() == Readiness::ready);
  watcher_ = std::thread([this] { WatchRecovery(); });
}

HealthReporter::~HealthReporter() { Stop(); }

void HealthReporter::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.notify_all();
  }
  if (watcher_.joinable()) watcher_.join();
  Report(false);
}

void HealthReporter::WatchRecovery() {
  MutexLock lock(mutex_);
  while (!stopping_ && engine_.readiness() == Readiness::recovering) stop_.wait_for(mutex_, kPause);
  if (!stopping_) Report(engine_.readiness() == Readiness::ready);
}

void HealthReporter::Report(bool serving) {
  for (const std::string& service : services_) health_.SetServingStatus(service, serving);
  health_.SetServingStatus("", serving);  // last: who waits for the whole may call any
}

}  // namespace voisin::service
