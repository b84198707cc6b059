#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace voisin::service {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error, off };

// One named value of a log line. Views are read before the call returns.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, int64_t, uint64_t, double, bool> value;
};

// Structured log: one line per event with time, level, event name and fields.
//   text   2026-01-31T12:00:00.123456Z info  collection_ready collection=news points=60000
//   json
//   {"ts":"2026-01-31T12:00:00.123456Z","level":"info","event":"collection_ready","collection":"news",...}
// A line is always one line: control characters, quotes and ill-formed UTF-8 are escaped. Thread-safe.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  virtual ~Log() = default;
  // Lines below the log's level cost a comparison.
  virtual void Write(LogLevel level, std::string_view event, Fields fields) const = 0;

  void Debug(std::string_view event, Fields fields = {}) const { Write(LogLevel::debug, event, fields); }
  void Info(std::string_view event, Fields fields = {}) const { Write(LogLevel::info, event, fields); }
  void Warning(std::string_view event, Fields fields = {}) const { Write(LogLevel::warning, event, fields); }
  void Error(std::string_view event, Fields fields = {}) const { Write(LogLevel::error, event, fields); }
};

std::unique_ptr<Log> LogToStderr(LogFormat format, LogLevel level);
// Appends lines to `out`, which outlives the log.
std::unique_ptr<Log> LogToStream(std::ostream& out, LogFormat format, LogLevel level);

}  // namespace voisin::service
