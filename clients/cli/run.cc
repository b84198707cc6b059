#include "clients/cli/run.h"

#include <ostream>
#include <utility>

#include "clients/cli/arguments.h"
#include "clients/cli/commands.h"
#include "clients/cli/status.h"
#include "clients/cpp/client.h"

namespace voisin::cli {
namespace {

void AddCommands(Arguments& root) {
  AddServe(root);
  AddCollection(root);
  AddImport(root);
  AddSearch(root);
  AddGet(root);
  AddDelete(root);
  AddCount(root);
  AddEmbed(root);
  AddTokenize(root);
  AddSimilarity(root);
  AddSnapshot(root);
  AddCheck(root);
  AddModel(root);
  AddEval(root);
  AddBench(root);
}

}  // namespace

int Run(int argc, const char* const* argv, Console& console, Connector connect) {
  const Parsed parsed = ParseCommandLine(argc, argv, AddCommands);
  console.out << parsed.out;
  console.err << parsed.err;
  if (!parsed.action) return parsed.code;
  Context context{console, std::move(connect)};
  absl::Status status = parsed.action(context);
  if (!console.out.flush()) status.Update(absl::DataLossError("the output could not be written"));
  if (!status.ok() && !IsReported(status)) console.err << "voisin: " << MessageOf(status) << std::endl;
  return ExitCode(status);
}

int Run(int argc, const char* const* argv, Console& console) {
  return Run(argc, argv, console, [](const std::string& address, const client::Options& options) {
    return client::Client::Connect(address, options);
  });
}

}  // namespace voisin::cli
