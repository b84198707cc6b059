#include "clients/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>

#include "clients/cli/version.h"

// The only unit that sees CLI11; its exceptions end in ParseCommandLine.
namespace voisin::cli {
namespace {

// CLI11 takes a word of the form [a,b] for a list and has its own meaning for {} and %%; a byte that no text starts
// with keeps such words as they are.
constexpr char kWhole = '\x01';

std::string Guarded(const std::string& word) {
  const bool list = word.size() > 1 && word.front() == '[' && word.back() == ']';
  const bool special = list || word == "{}" || word == "%%" || word.starts_with(kWhole);
  return special ? kWhole + word : word;
}

std::string Unguarded(const std::string& word) { return word.starts_with(kWhole) ? word.substr(1) : word; }

template <typename Number>
bool ParseNumber(const std::string& word, Number& number) {
  Number parsed{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), parsed);
  if (error != std::errc{} || end != word.data() + word.size()) return false;
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(parsed)) return false;
  }
  number = parsed;
  return true;
}

template <typename Number, typename Variable>
Target::Setter SetNumber(Variable& variable) {
  return [&variable](const std::vector<std::string>& words) {
    Number number{};
    if (!ParseNumber(words.back(), number)) return false;
    variable = number;
    return true;
  };
}

template <typename Variable>
Target::Setter SetText(Variable& variable) {
  return [&variable](const std::vector<std::string>& words) {
    variable = words.back();
    return true;
  };
}

void AppendBetweenCommas(const std::string& word, std::vector<std::string>& parts) {
  for (size_t begin = 0; begin <= word.size();) {
    const size_t comma = std::min(word.find(',', begin), word.size());
    if (comma > begin) parts.push_back(word.substr(begin, comma - begin));
    begin = comma + 1;
  }
}

}  // namespace

Target::Target(std::string& text) : set(SetText(text)), expected("text") {}
Target::Target(std::optional<std::string>& text) : set(SetText(text)), expected("text") {}
Target::Target(uint32_t& number)
    : set(SetNumber<uint32_t>(number)), expected("a whole number, 0 or greater"), placeholder("N") {}
Target::Target(std::optional<uint64_t>& number)
    : set(SetNumber<uint64_t>(number)), expected("a whole number, 0 or greater"), placeholder("N") {}
Target::Target(double& number) : set(SetNumber<double>(number)), expected("a number"), placeholder("N") {}
Target::Target(std::optional<double>& number)
    : set(SetNumber<double>(number)), expected("a number"), placeholder("N") {}
Target::Target(std::vector<std::string>& texts) : expected("text"), many(true) {
  set = [&texts](const std::vector<std::string>& words) {
    texts = words;
    return true;
  };
}

CLI::Option* Arguments::Add(const std::string& names, const Target& target, const std::string& help) {
  const CLI::callback_t set = [target, names](const CLI::results_t& words) {
    std::vector<std::string> whole;
    for (const std::string& word : words) whole.push_back(Unguarded(word));
    if (!target.set(whole)) {
      throw CLI::ValidationError(names, "expected " + target.expected + ", got \"" + whole.back() + "\"");
    }
    return true;
  };
  CLI::Option* option = app_->add_option(names, set, help);
  option->type_name(option->get_positional() ? "" : target.placeholder);
  return option->type_size(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

Arguments Arguments::Command(const std::string& name, const std::string& help, const std::string& example) {
  app_->require_subcommand(1);
  CLI::App* command = app_->add_subcommand(name, help);
  command->footer(example.empty() ? "Run `voisin " + name + " COMMAND --help` for the options of a command."
                                  : "Example:\n  " + example);
  return {*command, *selected_};
}

Arguments& Arguments::Optional(const std::string& name, const Target& target, const std::string& help) {
  CLI::Option* option = Add(name, target, help);
  if (target.many) {
    option->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args()
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  return *this;
}

Arguments& Arguments::Required(const std::string& name, const Target& target, const std::string& help) {
  Optional(name, target, help);
  app_->get_option(name)->required();
  return *this;
}

Arguments& Arguments::Option(const std::string& names, const Target& target, const std::string& help) {
  if (!target.many) {
    Add(names, target, help);
    return *this;
  }
  Target split = target;
  split.set = [set = target.set](const std::vector<std::string>& words) {
    std::vector<std::string> parts;
    for (const std::string& word : words) AppendBetweenCommas(word, parts);
    return set(parts);
  };
  Add(names, split, help)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Arguments& Arguments::Repeated(const std::string& names, const Target& target, const std::string& help) {
  Add(names, target, help)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Arguments& Arguments::Choice(const std::string& names, std::string& target, std::vector<std::string> words,
                             const std::string& help) {
  Add(names, target, help)->check(CLI::IsMember(std::move(words)));
  return *this;
}

Arguments& Arguments::Flag(const std::string& names, bool& target, const std::string& help) {
  app_->add_flag(names, target, help);
  return *this;
}

Arguments& Arguments::Needed(const std::string& name) {
  app_->get_option(name)->required();
  return *this;
}

void Arguments::Does(Action action) {
  app_->callback([selected = selected_, action = std::move(action)] { *selected = action; });
}

namespace {

// The command that the line got to, "voisin collection create".
const CLI::App* Reached(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

std::string PathOf(const CLI::App* app) {
  return app->get_parent() == nullptr ? "voisin" : PathOf(app->get_parent()) + " " + app->get_name();
}

std::string HelpOf(const CLI::App* app) {
  return app->help(app->get_parent() == nullptr ? "" : PathOf(app->get_parent()));
}

Parsed Mistake(const CLI::App& app, std::string what) {
  const CLI::App* reached = Reached(&app);
  const bool unfinished = reached->get_require_subcommand_min() > 0;
  if (unfinished && reached->remaining_size() > 0) {
    what = "there is no command \"" + reached->remaining().front() + "\"";
  } else if (unfinished) {
    what = "a command is missing";
  }
  return {.action = {},
          .code = 2,
          .out = {},
          .err = "voisin: " + what + "\nRun `" + PathOf(reached) + " --help` for how to use it.\n"};
}

Parsed Parse(CLI::App& app, int argc, const char* const* argv, Arguments::Action& selected) {
  std::vector<std::string> words;  // CLI11 takes them last first
  for (int i = argc - 1; i > 0; --i) words.push_back(Guarded(argv[i]));
  try {
    app.parse(std::move(words));
    return {.action = selected, .code = 0, .out = {}, .err = {}};
  } catch (const CLI::CallForVersion&) {
    return {.action = {}, .code = 0, .out = std::string("voisin ") + kVersion + "\n", .err = {}};
  } catch (const CLI::Success&) {
    return {.action = {}, .code = 0, .out = HelpOf(Reached(&app)), .err = {}};
  } catch (const CLI::ParseError& error) {
    return Mistake(app, error.what());
  }
}

}  // namespace

Parsed ParseCommandLine(int argc, const char* const* argv, const std::function<void(Arguments&)>& add) {
  CLI::App app("Semantic search in one process: text in, neighbours out.", "voisin");
  app.set_version_flag("--version", kVersion, "Print the version and leave");
  app.set_help_flag("-h,--help", "Print this help and leave");
  app.footer(
      "Run `voisin COMMAND --help` for the options of a command.\nExample:\n"
      "  voisin serve --data-dir data --models-dir models &\n"
      "  voisin import notes notes.jsonl --create\n"
      "  voisin search notes \"where did I write about bread\"");
  app.get_formatter()->column_width(30);
  Arguments::Action selected;
  Arguments root(app, selected);
  add(root);
  return Parse(app, argc, argv, selected);
}

}  // namespace voisin::cli
