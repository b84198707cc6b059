#include <memory>
#include <ostream>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"
#include "clients/cli/table.h"

namespace voisin::cli {
namespace {

struct SimilarityOptions {
  Remote remote;
  std::string model;
  std::string source;
  std::vector<std::string> targets;
};

void PrintScores(const SimilarityOptions& options, const v1::SimilarityResponse& answer, Console& console) {
  Table table({{"score", Table::Align::right},
               {"source", Table::Align::left, true},
               {"target", Table::Align::left, true}});
  for (int i = 0; i < answer.scores_size(); ++i) {
    table.Add(
        {absl::StrFormat("%.4f", answer.scores(i)), options.source, options.targets[static_cast<size_t>(i)]});
  }
  console.out << table.Render(console.width);
}

absl::Status Similarity(const SimilarityOptions& options, Context& context) {
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  v1::SimilarityRequest request;
  request.set_model(options.model);
  request.set_source(options.source);
  request.mutable_targets()->Add(options.targets.begin(), options.targets.end());
  const auto answer = client->Similarity(request);
  if (!answer.ok()) return Explained(answer.status(), options.remote, context);
  if (static_cast<size_t>(answer->scores_size()) != options.targets.size()) {
    return absl::InternalError("the server answered with another number of scores than there are targets");
  }
  if (!options.remote.json) {
    PrintScores(options, *answer, context.console);
    return absl::OkStatus();
  }
  for (int i = 0; i < answer->scores_size(); ++i) {
    JsonLine line;
    line.Text("source", options.source).Text("target", options.targets[static_cast<size_t>(i)]);
    context.console.out << line.Float("score", answer->scores(i)).str() << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddSimilarity(Arguments& root) {
  auto options = std::make_shared<SimilarityOptions>();
  options->remote.timeout = 60;
  Arguments command =
      root.Command("similarity", "Compare one text with others", "voisin similarity cat dog banana");
  command.Required("SOURCE", options->source, "The text to compare with");
  command.Required("TARGET", options->targets, "Texts to compare");
  command.Option("--model", options->model, "Name of a model (default: the server's)");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Similarity(*options, context); });
}

}  // namespace voisin::cli
