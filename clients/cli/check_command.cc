#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/arguments.h"
#include "clients/cli/commands.h"
#include "clients/cli/console.h"
#include "clients/cli/json_output.h"
#include "clients/cli/status.h"
#include "clients/cli/table.h"
#include "service/data_check.h"

namespace voisin::cli {
namespace {

using Parts = std::vector<storage::CheckedPart>;

struct CheckOptions {
  std::string data_dir;
  bool json = false;
};

bool IsWhole(const Parts& parts) {
  for (const auto& part : parts) {
    if (part.problem_count > 0) return false;
  }
  return true;
}

std::string ToJsonText(const Parts& parts) {
  JsonList list;
  for (const auto& part : parts) {
    JsonList problems;
    for (const std::string& problem : part.problems) {
      std::string text;
      AppendJsonString(text, problem);
      problems.Add(text);
    }
    JsonLine line;
    line.Text("part", part.name).Number("checked", static_cast<double>(part.checked));
    line.Number("problem_count", static_cast<double>(part.problem_count)).Raw("problems", problems.str());
    list.Add(line.str());
  }
  return JsonLine().Bool("ok", IsWhole(parts)).Raw("parts", list.str()).str();
}

void Print(const Parts& parts, Console& console) {
  using enum Table::Align;
  Table table({{"part", left, true}, {"checked", right}, {"problems", right}});
  for (const auto& part : parts) {
    table.Add({part.name, std::to_string(part.checked), std::to_string(part.problem_count)});
  }
  console.out << table.Render(console.width);
  for (const auto& part : parts) {
    for (const std::string& problem : part.problems) console.out << part.name << ": " << problem << "\n";
    if (part.problem_count > part.problems.size()) console.out << part.name << ": and more\n";
  }
}

absl::Status Check(const CheckOptions& options, Console& console) {
  const absl::StatusOr<Parts> parts = service::CheckDataDirectory(options.data_dir);
  if (!parts.ok()) return Prefixed("check", parts.status());
  if (options.json) {
    console.out << ToJsonText(*parts) << "\n";
  } else {
    Print(*parts, console);
  }
  return IsWhole(*parts) ? absl::OkStatus() : AlreadyReported();
}

}  // namespace

void AddCheck(Arguments& root) {
  auto options = std::make_shared<CheckOptions>();
  Arguments command =
      root.Command("check", "Verify a data directory that no server has open, changing nothing",
                   "voisin check voisin-data");
  command.Required("DATA_DIR", options->data_dir, "The data directory");
  command.Flag("--json", options->json, "Print one JSON object");
  command.Does([options](Context& context) { return Check(*options, context.console); });
}

}  // namespace voisin::cli
