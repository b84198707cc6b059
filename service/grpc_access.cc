#include "service/grpc_access.h"

#include "service/log.h"

namespace voisin::service {
namespace {

bool IsOurFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kDataLoss ||
         code == absl::StatusCode::kUnknown;
}

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return absl::InfiniteFuture();
  return absl::FromChrono(deadline);
}

}  // namespace

CallContext ContextOf(const grpc::CallbackServerContext& context, CancelFlag cancelled) {
  return {DeadlineOf(context), [cancelled = std::move(cancelled)] { return cancelled->load(); }};
}

void LogCall(const Log& log, std::string_view method, absl::Time start, const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string_view message(status.message().data(), status.message().size());
  const LogLevel level = IsOurFault(status.code()) ? LogLevel::error : LogLevel::debug;
  log.Write(level, "call",
            {{"method", method},
             {"code", std::string_view(code)},
             {"us", absl::ToInt64Microseconds(absl::Now() - start)},
             {"message", message}});
}

}  // namespace voisin::service
