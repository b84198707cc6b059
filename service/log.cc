#include "service/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cmath>
#include <type_traits>
#include <utility>

#include "absl/time/clock.h"
#include "service/utf8.h"

namespace voisin::service {
namespace {

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "";
}

std::string Now() { return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()); }

void AppendHex(std::string& line, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  line += kDigits[byte >> 4];
  line += kDigits[byte & 15];
}

// The escape of one byte inside a JSON string, for what may not stand there as it is.
void AppendEscaped(std::string& line, char c) {
  switch (c) {
    case '"':
      line += "\\\"";
      return;
    case '\\':
      line += "\\\\";
      return;
    case '\n':
      line += "\\n";
      return;
    case '\r':
      line += "\\r";
      return;
    case '\t':
      line += "\\t";
      return;
    default:
      line += "\\u00";
      AppendHex(line, static_cast<unsigned char>(c));
  }
}

bool NeedsEscape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

// A JSON string; bytes that are not UTF-8 become U+FFFD.
void AppendQuoted(std::string& line, std::string_view text) {
  line += '"';
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) {
      line += "\\ufffd";
    } else if (length == 1 && NeedsEscape(text.front())) {
      AppendEscaped(line, text.front());
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  line += '"';
}

bool IsPlainWord(std::string_view text) {
  const auto plain = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '='; };
  return !text.empty() && std::all_of(text.begin(), text.end(), plain);
}

void AppendDouble(std::string& line, double value) {
  if (std::isfinite(value)) {
    line += fmt::format("{}", value);
  } else {
    line += fmt::format("\"{}\"", value);
  }
}

void AppendValue(std::string& line, const LogField& field, LogFormat format) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string_view>) {
          if (format == LogFormat::text && IsPlainWord(value)) {
            line += value;
          } else {
            AppendQuoted(line, value);
          }
        } else if constexpr (std::is_same_v<T, double>) {
          AppendDouble(line, value);
        } else {
          line += fmt::format("{}", value);
        }
      },
      field.value);
}

std::string TextLine(LogLevel level, std::string_view event, Log::Fields fields) {
  std::string line = fmt::format("{} {:<7} ", Now(), NameOf(level));
  AppendValue(line, {"event", event}, LogFormat::text);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    AppendValue(line, field, LogFormat::text);
  }
  return line;
}

std::string JsonLine(LogLevel level, std::string_view event, Log::Fields fields) {
  std::string line = fmt::format(R"({{"ts":"{}","level":"{}","event":)", Now(), NameOf(level));
  AppendQuoted(line, event);
  for (const LogField& field : fields) {
    line += ',';
    AppendQuoted(line, field.name);
    line += ':';
    AppendValue(line, field, LogFormat::json);
  }
  return line + '}';
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// The line is formatted here; the logger below serialises, writes and flushes it.
class SpdlogLog : public Log {
 public:
  SpdlogLog(spdlog::sink_ptr sink, LogFormat format, LogLevel level)
      : format_(format), logger_("voisin", std::move(sink)) {
    logger_.set_pattern("%v");
    logger_.set_level(SpdlogLevel(level));
    logger_.flush_on(spdlog::level::trace);
  }

  void Write(LogLevel level, std::string_view event, Fields fields) const override {
    const auto severity = SpdlogLevel(level);
    if (severity == spdlog::level::off || !logger_.should_log(severity)) return;
    const auto make_line = format_ == LogFormat::json ? JsonLine : TextLine;
    logger_.log(severity, make_line(level, event, fields));
  }

 private:
  const LogFormat format_;
  mutable spdlog::logger logger_;  // thread-safe; its log() is not const
};

}  // namespace

std::unique_ptr<Log> LogToStderr(LogFormat format, LogLevel level) {
  return std::make_unique<SpdlogLog>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), format, level);
}

std::unique_ptr<Log> LogToStream(std::ostream& out, LogFormat format, LogLevel level) {
  return std::make_unique<SpdlogLog>(std::make_shared<spdlog::sinks::ostream_sink_mt>(out), format, level);
}

}  // namespace voisin::service
