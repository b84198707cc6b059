#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
class Option;
}  // namespace CLI

namespace voisin::cli {

struct Context;

// Where the words of an option go. Numbers are checked: range, no rest.
struct Target {
  using Setter = std::function<bool(const std::vector<std::string>& words)>;  // false: not what was expected
  Setter set;
  std::string expected;              // "a number 0 or greater", ...
  std::string placeholder = "TEXT";  // in the help
  bool many = false;

  // Implicit: a target is written as the variable itself.
  Target(std::string& text);                 // NOLINT(google-explicit-constructor)
  Target(std::optional<std::string>& text);  // NOLINT(google-explicit-constructor)
  Target(uint32_t& number);                  // NOLINT(google-explicit-constructor)
  Target(std::optional<uint64_t>& number);   // NOLINT(google-explicit-constructor)
  Target(double& number);                    // NOLINT(google-explicit-constructor)
  Target(std::optional<double>& number);     // NOLINT(google-explicit-constructor)
  Target(std::vector<std::string>& texts);   // NOLINT(google-explicit-constructor)
};

// The grammar of one command: its words, options and sub-commands. A light handle; targets live until the line is
// parsed and its action has run (actions own them by shared_ptr).
class Arguments {
 public:
  using Action = std::function<absl::Status(Context&)>;

  // `selected` receives the action of the command that the line names.
  Arguments(CLI::App& app, Action& selected) : app_(&app), selected_(&selected) {}

  // A sub-command; the line must name one of them.
  Arguments Command(const std::string& name, const std::string& help, const std::string& example = "");
  // A word without dashes, in order; for a list: one or more.
  Arguments& Required(const std::string& name, const Target& target, const std::string& help);
  // As Required, may be absent.
  Arguments& Optional(const std::string& name, const Target& target, const std::string& help);
  // "--top-k" or "-k,--top-k"; for a list: values between commas, or the option repeated.
  Arguments& Option(const std::string& names, const Target& target, const std::string& help);
  // As Option for a list, commas kept: only repetition makes a list.
  Arguments& Repeated(const std::string& names, const Target& target, const std::string& help);
  Arguments& Choice(const std::string& names, std::string& target, std::vector<std::string> words,
                    const std::string& help);
  Arguments& Flag(const std::string& names, bool& target, const std::string& help);
  // The line must give the option.
  Arguments& Needed(const std::string& name);
  // What the command does.
  void Does(Action action);

 private:
  CLI::Option* Add(const std::string& names, const Target& target, const std::string& help);

  CLI::App* app_;
  Action* selected_;
};

// Parses the line by the commands that `add` puts on the root. Returns the chosen action; or none with exit status 0
// after help or version went to `out`, or 2 after the mistake went to `err`.
struct Parsed {
  Arguments::Action action;  // empty: exit with `code`
  int code = 0;
  std::string out;
  std::string err;
};
Parsed ParseCommandLine(int argc, const char* const* argv, const std::function<void(Arguments&)>& add);

}  // namespace voisin::cli
