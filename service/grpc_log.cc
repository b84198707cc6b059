#include "service/grpc_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <atomic>

namespace voisin::service {
namespace {

std::atomic<const Log*> target = nullptr;  // gRPC hands its function no context

LogLevel LevelOf(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return LogLevel::debug;
    case GPR_LOG_SEVERITY_INFO:
      return LogLevel::info;
    case GPR_LOG_SEVERITY_ERROR:
      return LogLevel::error;
  }
  return LogLevel::error;
}

void WriteLine(gpr_log_func_args* line) {
  const Log* const log = target.load();
  if (log == nullptr) return;
  log->Write(LevelOf(line->severity), "grpc",
             {{"message", std::string_view(line->message)},
              {"file", std::string_view(line->file)},
              {"line", static_cast<int64_t>(line->line)}});
}

}  // namespace

GrpcLogging::GrpcLogging(const Log& log) {
  target = &log;
  gpr_set_log_function(WriteLine);
  google::protobuf::SetLogHandler(nullptr);
}

GrpcLogging::~GrpcLogging() { target = nullptr; }

}  // namespace voisin::service
