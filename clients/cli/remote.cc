#include "clients/cli/remote.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

constexpr char kDefaultAddress[] = "127.0.0.1:50051";

const std::string& AddressOf(const Remote& remote, const Context& context) {
  static const std::string default_address = kDefaultAddress;
  if (!remote.address.empty()) return remote.address;
  return context.console.address.empty() ? default_address : context.console.address;
}

// gRPC's words for a connection that was never made.
bool NobodyAnswers(const absl::Status& status) {
  return absl::IsUnavailable(status) && MessageOf(status).find("failed to connect") != std::string_view::npos;
}

}  // namespace

void AddRemoteOptions(Arguments& command, Remote& remote) {
  command.Option("--address", remote.address,
                 "HOST:PORT of the server (default 127.0.0.1:50051, or VOISIN_ADDRESS)");
  command.Flag("--json", remote.json, "Print JSON, one value per line");
  command.Option("--timeout", remote.timeout,
                 absl::StrCat("Seconds that one call may take (default ", remote.timeout, ")"));
  command.Option("--wait", remote.wait, "Seconds to wait for the server to be ready (default 0)");
}

absl::StatusOr<std::unique_ptr<client::Client>> Connect(const Remote& remote, const Context& context) {
  if (remote.timeout <= 0) return UsageError("--timeout: expected more than 0 seconds");
  client::Options options;
  options.timeout = absl::Seconds(remote.timeout);
  auto client = context.connect(AddressOf(remote, context), options);
  if (remote.wait > 0) {
    RETURN_IF_ERROR(Explained(client->WaitUntilReady(absl::Seconds(remote.wait)), remote, context));
  }
  return client;
}

absl::Status Explained(const absl::Status& status, const Remote& remote, const Context& context) {
  if (!NobodyAnswers(status)) return status;
  return absl::UnavailableError("no voisin server answers at " + AddressOf(remote, context) +
                                ": start one with `voisin serve`");
}

std::string CollectionName(const std::string& name) {
  constexpr char kPrefix[] = "collections/";
  return name.starts_with(kPrefix) ? name : kPrefix + name;
}

std::optional<NamedElement> FindElement(std::string_view message, std::string_view field) {
  const size_t at = message.find(std::string(field) + "[");
  if (at == std::string_view::npos) return std::nullopt;
  const char* const begin = message.data() + at + field.size() + 1;
  const char* const last = message.data() + message.size();
  NamedElement element;
  const auto [end, error] = std::from_chars(begin, last, element.index);
  if (error != std::errc{} || end == last || *end != ']') return std::nullopt;
  std::string_view rest(end + 1, last);
  for (const std::string_view link : {": ", "."}) {
    if (rest.starts_with(link)) rest.remove_prefix(link.size());
  }
  element.message = std::string(message.substr(0, at)) + std::string(rest);
  return element;
}

v1::Truncation TruncationOf(std::string_view word) {
  if (word == "end") return v1::TRUNCATION_END;
  if (word == "chunk") return v1::TRUNCATION_CHUNK;
  return word == "start" ? v1::TRUNCATION_START : v1::TRUNCATION_ERROR;
}

}  // namespace voisin::cli
