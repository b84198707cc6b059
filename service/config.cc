#include "service/config.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <type_traits>

#include "base/status_macros.h"
#include "service/config_file.h"

namespace voisin::service {
namespace {

// One key: how a written value becomes the member, and how the member is written.
struct Setting {
  std::string key;
  ConfigValueKind kind;
  std::function<absl::Status(ServerConfig&, std::string_view)> set;
  std::function<std::string(const ServerConfig&)> print;  // as a TOML value
};

absl::Status Expected(std::string_view what, std::string_view came) {
  return absl::InvalidArgumentError("expected " + std::string(what) + ", got \"" + std::string(came) + "\"");
}

template <typename T>
absl::Status ParseNumber(std::string_view text, T low, T high, T& value) {
  T parsed{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !(parsed >= low) || !(parsed <= high)) {
    return Expected("a number from " + PrintNumber(low) + " to " + PrintNumber(high), text);
  }
  value = parsed;
  return absl::OkStatus();
}

// `member` answers a reference to the setting's place in a ServerConfig, const or not.
template <typename T, typename Member>
Setting NumberSetting(std::string key, T low, T high, Member member) {
  constexpr auto kKind = std::is_integral_v<T> ? ConfigValueKind::integer : ConfigValueKind::number;
  return {std::move(key), kKind,
          [=](ServerConfig& config, std::string_view text) {
            return ParseNumber<T>(text, low, high, member(config));
          },
          [=](const ServerConfig& config) { return PrintNumber(member(config)); }};
}

template <typename Member>
Setting TextSetting(std::string key, Member member) {
  return {std::move(key), ConfigValueKind::text,
          [=](ServerConfig& config, std::string_view text) {
            if (text.empty()) return Expected("a text that is not empty", text);
            member(config) = std::string(text);
            return absl::OkStatus();
          },
          [=](const ServerConfig& config) { return QuoteToml(std::string(member(config))); }};
}

template <typename T>
using Names = std::vector<std::pair<std::string_view, T>>;

template <typename T, typename Member>
Setting ChoiceSetting(std::string key, Names<T> names, Member member) {
  return {std::move(key), ConfigValueKind::text,
          [=](ServerConfig& config, std::string_view text) {
            std::string known;
            for (const auto& [name, value] : names) {
              if (name == text) {
                member(config) = value;
                return absl::OkStatus();
              }
              known += (known.empty() ? "" : ", ") + std::string(name);
            }
            return Expected("one of " + known, text);
          },
          [=](const ServerConfig& config) {
            const auto is_set = [&](const auto& name) { return name.second == member(config); };
            return QuoteToml(std::string(std::find_if(names.begin(), names.end(), is_set)->first));
          }};
}

void AddLimits(std::vector<Setting>& settings) {
  constexpr uint32_t kMany = 1'000'000;
  constexpr size_t kGibi = size_t{1} << 30;
  const auto add = [&]<typename T>(std::string_view name, T Limits::*member, T high) {
    settings.push_back(NumberSetting<T>(
        "limits." + std::string(name), T{1},
        high, [=](auto& config) -> auto& { return config.limits.*member; }));
  };
  add("texts_per_request", &Limits::texts_per_request, kMany);
  add("documents_per_request", &Limits::documents_per_request, kMany);
  add("text_bytes", &Limits::text_bytes, kGibi);
  add("metadata_bytes", &Limits::metadata_bytes, kGibi);
  add("top_k", &Limits::top_k, kMany);
  add("searches_per_batch", &Limits::searches_per_batch, kMany);
}

void AddQueues(std::vector<Setting>& settings) {
  const auto add = [&](std::string_view name, size_t ServerConfig::Queues::*member) {
    settings.push_back(NumberSetting<size_t>(
        "queues." + std::string(name), 1,
        size_t{1} << 40, [=](auto& config) -> auto& { return config.queues.*member; }));
  };
  add("text_bytes", &ServerConfig::Queues::text_bytes);
  add("write_bytes", &ServerConfig::Queues::write_bytes);
  add("requests", &ServerConfig::Queues::requests);
}

// Top-level keys first, then each table: the order in which TOML wants them.
std::vector<Setting> AllSettings() {
  const Names<LogFormat> formats = {{"text", LogFormat::text}, {"json", LogFormat::json}};
  const Names<LogLevel> levels = {{"debug", LogLevel::debug},
                                  {"info", LogLevel::info},
                                  {"warning", LogLevel::warning},
                                  {"error", LogLevel::error},
                                  {"off", LogLevel::off}};
  Names<encoder::Precision> precisions;
  for (const auto precision :
       {encoder::Precision::fp32, encoder::Precision::bf16, encoder::Precision::int8}) {
    precisions.emplace_back(encoder::PrecisionName(precision), precision);
  }
  std::vector<Setting> all;
  all.push_back(TextSetting(
      "address", [](auto& config) -> auto& { return config.address; }));
  all.push_back(TextSetting(
      "data_dir", [](auto& config) -> auto& { return config.data_dir; }));
  all.push_back(TextSetting(
      "models_dir", [](auto& config) -> auto& { return config.models_dir; }));
  all.push_back(TextSetting(
      "default_model", [](auto& config) -> auto& { return config.default_model; }));
  all.push_back(NumberSetting<size_t>(
      "models_memory", 0, size_t{1} << 50, [](auto& config) -> auto& { return config.models_memory; }));
  all.push_back(ChoiceSetting(
      "precision", precisions, [](auto& config) -> auto& { return config.precision; }));
  all.push_back(NumberSetting<int>(
      "threads", 0, 1024, [](auto& config) -> auto& { return config.threads; }));
  all.push_back(NumberSetting<size_t>(
      "embedding_cache_bytes", 0, size_t{1} << 40,
      [](auto& config) -> auto& { return config.embedding_cache_bytes; }));
  all.push_back(ChoiceSetting(
      "log_format", formats, [](auto& config) -> auto& { return config.log_format; }));
  all.push_back(ChoiceSetting(
      "log_level", levels, [](auto& config) -> auto& { return config.log_level; }));
  all.push_back(NumberSetting<size_t>(
      "max_message_bytes", 1024, size_t{2'147'483'647},
      [](auto& config) -> auto& { return config.max_message_bytes; }));
  all.push_back(NumberSetting<double>(
      "drain_seconds", 0, 86400, [](auto& config) -> auto& { return config.drain_seconds; }));
  AddLimits(all);
  AddQueues(all);
  return all;
}

const Setting* FindSetting(const std::vector<Setting>& settings, std::string_view key) {
  const auto has_key = [&](const Setting& setting) { return setting.key == key; };
  const auto found = std::find_if(settings.begin(), settings.end(), has_key);
  return found == settings.end() ? nullptr : &*found;
}

std::string VariableName(std::string_view key) {
  std::string name = "VOISIN_";
  for (char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

absl::Status From(std::string_view source, std::string_view key, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(std::string(source) + ": " + std::string(key) + ": " +
                                    std::string(status.message()));
}

absl::Status UnknownKey(std::string_view source, std::string_view key) {
  return absl::InvalidArgumentError(std::string(source) + ": unknown key \"" + std::string(key) + "\"");
}

bool FitsKind(ConfigValueKind came, ConfigValueKind wanted) {
  return came == wanted || (came == ConfigValueKind::integer && wanted == ConfigValueKind::number);
}

absl::Status ApplyFile(const std::vector<Setting>& settings, const std::filesystem::path& file,
                       ServerConfig& config) {
  const std::string source = file.string();
  ASSIGN_OR_RETURN(const std::vector<ConfigEntry> entries, ReadConfigFile(file));
  for (const ConfigEntry& entry : entries) {
    const Setting* setting = FindSetting(settings, entry.key);
    if (setting == nullptr) return UnknownKey(source, entry.key);
    if (!FitsKind(entry.kind, setting->kind)) {
      return From(source, entry.key, Expected(KindName(setting->kind), entry.text));
    }
    RETURN_IF_ERROR(From(source, entry.key, setting->set(config, entry.text)));
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(const std::vector<Setting>& settings, const ConfigPairs& environment,
                              ServerConfig& config) {
  for (const auto& [name, text] : environment) {
    for (const Setting& setting : settings) {
      if (VariableName(setting.key) != name) continue;
      RETURN_IF_ERROR(From("environment", name, setting.set(config, text)));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyFlags(const std::vector<Setting>& settings, const ConfigPairs& flags,
                        ServerConfig& config) {
  for (const auto& [key, text] : flags) {
    const Setting* setting = FindSetting(settings, key);
    if (setting == nullptr) return UnknownKey("flags", key);
    RETURN_IF_ERROR(From("flags", key, setting->set(config, text)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ServerConfig> LoadConfig(const ConfigSources& sources) {
  const std::vector<Setting> settings = AllSettings();
  ServerConfig config;
  if (sources.file) RETURN_IF_ERROR(ApplyFile(settings, *sources.file, config));
  RETURN_IF_ERROR(ApplyEnvironment(settings, sources.environment, config));
  RETURN_IF_ERROR(ApplyFlags(settings, sources.flags, config));
  return config;
}

ConfigPairs VoisinEnvironment() {
  ConfigPairs pairs;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with("VOISIN_") || equals == std::string_view::npos) continue;
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

std::string ToToml(const ServerConfig& config) {
  std::string toml;
  std::string table;
  for (const Setting& setting : AllSettings()) {
    const size_t dot = setting.key.find('.');
    if (dot != std::string::npos && setting.key.substr(0, dot) != table) {
      table = setting.key.substr(0, dot);
      toml += "\n[" + table + "]\n";
    }
    const std::string name = dot == std::string::npos ? setting.key : setting.key.substr(dot + 1);
    toml += name + " = " + setting.print(config) + "\n";
  }
  return toml;
}

Engine::Options EngineOptions(const ServerConfig& config, const Log& log) {
  Engine::Options options;
  options.data_dir = config.data_dir;
  options.models_dir = config.models_dir;
  options.default_model = config.default_model;
  options.models_memory = config.models_memory;
  options.precision = config.precision;
  options.threads = config.threads;
  options.embedding_cache_bytes = config.embedding_cache_bytes;
  options.queued_text_bytes = config.queues.text_bytes;
  options.queued_write_bytes = config.queues.write_bytes;
  options.queued_requests = config.queues.requests;
  options.limits = config.limits;
  options.log = &log;
  return options;
}

}  // namespace voisin::service
