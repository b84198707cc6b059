#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/arguments.h"
#include "clients/cli/commands.h"
#include "clients/cli/console.h"
#include "clients/cli/status.h"
#include "service/config.h"
#include "service/grpc_serve.h"

namespace voisin::cli {
namespace {

using Given = std::optional<std::string>;

struct ServeOptions {
  Given config;
  Given address;
  Given data_dir;
  Given models_dir;
  Given models_memory;
  Given precision;
  Given threads;
  Given log_format;
  Given log_level;
  std::vector<std::string> settings;  // key=value
  bool print_config = false;
};

absl::StatusOr<service::ConfigPairs> FlagPairs(const ServeOptions& options) {
  service::ConfigPairs pairs;
  for (const std::string& setting : options.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) return UsageError("--set: expected KEY=VALUE, got " + setting);
    pairs.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  auto add = [&](const char* key, const Given& value) {
    if (value) pairs.emplace_back(key, *value);
  };
  add("address", options.address);
  add("data_dir", options.data_dir);
  add("models_dir", options.models_dir);
  add("models_memory", options.models_memory);
  add("precision", options.precision);
  add("threads", options.threads);
  add("log_format", options.log_format);
  add("log_level", options.log_level);
  return pairs;
}

absl::Status Serve(const ServeOptions& options, Context& context) {
  service::ConfigSources sources;
  if (options.config) sources.file = *options.config;
  sources.environment = service::VoisinEnvironment();
  ASSIGN_OR_RETURN(sources.flags, FlagPairs(options));
  const auto config = service::LoadConfig(sources);
  if (!config.ok()) return UsageError(MessageOf(config.status()));
  if (!options.print_config) return service::Serve(*config);
  context.console.out << service::ToToml(*config);
  return absl::OkStatus();
}

}  // namespace

void AddServe(Arguments& root) {
  auto options = std::make_shared<ServeOptions>();
  Arguments command = root.Command("serve", "Run the server until SIGTERM or Ctrl-C",
                                   "voisin serve --data-dir data --models-dir models --log-format json");
  command.Option("--config", options->config, "TOML file; the environment (VOISIN_*) and flags win over it");
  command.Option("--address", options->address, "HOST:PORT to listen on (default 127.0.0.1:50051)");
  command.Option("--data-dir", options->data_dir, "Where documents and indexes are kept; made when missing");
  command.Option("--models-dir", options->models_dir, "Its sub-directories are the models");
  command.Option("--models-memory", options->models_memory,
                 "Bytes that loaded models may take together (default 0: half of the machine's memory)");
  command.Option(
      "--precision", options->precision,
      "Arithmetic of all models: fp32 (default), or bf16 or int8, which are faster and less exact");
  command.Option("--threads", options->threads, "Threads of each pool (default 0: one per CPU)");
  command.Option("--log-format", options->log_format, "text or json");
  command.Option("--log-level", options->log_level, "debug, info, warning, error or off");
  command.Repeated("--set", options->settings, "KEY=VALUE of any key that --print-config shows; repeatable");
  command.Flag("--print-config", options->print_config, "Print the whole configuration as TOML and leave");
  command.Does([options](Context& context) { return Serve(*options, context); });
}

}  // namespace voisin::cli
