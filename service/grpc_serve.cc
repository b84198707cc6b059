#include "service/grpc_serve.h"

#include <csignal>

#include "base/status_macros.h"
#include "service/grpc_log.h"
#include "service/grpc_server.h"
#include "service/log.h"

namespace voisin::service {
namespace {

// SIGTERM and SIGINT wait for Wait() while this lives, in every thread started meanwhile.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~StopSignals() { Release(); }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  std::string_view Wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    return signal == SIGTERM ? "SIGTERM" : "SIGINT";
  }
  // From now on a signal does what it did before; by default it ends the process.
  void Release() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t signals_;
  sigset_t before_;
};

void LogServing(const Log& log, const GrpcServer& server, const ServerConfig& config) {
  const std::string address = server.address();
  const std::string data_dir = config.data_dir.string();
  log.Info("serving", {{"address", std::string_view(address)}, {"data_dir", std::string_view(data_dir)}});
}

absl::Status Stop(GrpcServer& server, Engine& engine, const ServerConfig& config, const Log& log) {
  const absl::Time start = absl::Now();
  server.Shutdown(absl::Seconds(config.drain_seconds));
  RETURN_IF_ERROR(engine.Drain());
  log.Info("stopped", {{"seconds", absl::ToDoubleSeconds(absl::Now() - start)}});
  return absl::OkStatus();
}

}  // namespace

absl::Status Serve(const ServerConfig& config) {
  const StopSignals signals;
  const std::unique_ptr<Log> log = LogToStderr(config.log_format, config.log_level);
  const GrpcLogging grpc_logging(*log);
  ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, Engine::Open(EngineOptions(config, *log)));
  ASSIGN_OR_RETURN(const std::unique_ptr<GrpcServer> server, GrpcServer::Start(*engine, config, *log));
  LogServing(*log, *server, config);
  const std::string_view signal = signals.Wait();
  signals.Release();
  log->Info("stopping", {{"signal", signal}});
  return Stop(*server, *engine, config, *log);
}

}  // namespace voisin::service
