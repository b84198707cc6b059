#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/engine.h"

namespace voisin::service {

// Everything that `voisin serve` can be told. Each member is one key of the configuration file; `limits` and
// `queues` are tables.
struct ServerConfig {
  std::string address = "127.0.0.1:50051";
  std::filesystem::path data_dir = "./voisin-data";
  std::filesystem::path models_dir = "./.voisin/models";
  std::string default_model = "use-lite-en";
  size_t models_memory = 0;  // bytes that loaded models may take together; 0: half of the machine's memory
  encoder::Precision precision = encoder::Precision::fp32;  // of all models
  int threads = 0;                                          // of each pool; 0: the number of CPUs
  size_t embedding_cache_bytes = 64 << 20;  // vectors of texts seen before, over all models; 0: none
  LogFormat log_format = LogFormat::text;
  LogLevel log_level = LogLevel::info;
  size_t max_message_bytes = 64 << 20;  // of one request or answer on the wire
  double drain_seconds = 30;            // how long a stop waits for what runs
  Limits limits;
  struct Queues {
    size_t text_bytes = 64 << 20;    // of texts that wait for the encoder
    size_t write_bytes = 256 << 20;  // of writes that wait for the log
    size_t requests = 4096;          // that wait for a thread
  } queues;
};

using ConfigPairs = std::vector<std::pair<std::string, std::string>>;

// Later sources win: defaults, file, environment, flags.
struct ConfigSources {
  std::optional<std::filesystem::path> file;  // TOML
  ConfigPairs
      environment;    // VOISIN_LIMITS_TOP_K=10 sets limits.top_k; names that are no key are left to others
  ConfigPairs flags;  // {"limits.top_k", "10"}
};

// InvalidArgument names the source, the key, what was expected and what came: unknown keys, wrong types, out
// of range.
absl::StatusOr<ServerConfig> LoadConfig(const ConfigSources& sources);
// The VOISIN_* variables of this process.
ConfigPairs VoisinEnvironment();
// As a configuration file that LoadConfig reads back to the same.
std::string ToToml(const ServerConfig& config);
// `log` outlives the engine.
Engine::Options EngineOptions(const ServerConfig& config, const Log& log);

}  // namespace voisin::service
