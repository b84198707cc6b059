#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/eval_output.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

struct EvalOptions {
  Remote remote;
  std::vector<std::string> directories;
  std::string model_dir;
  std::string precision = "fp32";
  std::string model;
};

// All of them before the first text is embedded: a mistake shows at once.
absl::StatusOr<std::vector<EvalSet>> ReadSets(const std::vector<std::string>& directories) {
  std::vector<EvalSet> sets;
  for (const std::string& directory : directories) {
    ASSIGN_OR_RETURN(EvalSet set, ReadEvalSet(directory));
    sets.push_back(std::move(set));
  }
  return sets;
}

absl::StatusOr<EvalResult> EvaluateWithProgress(const EvalSet& set, const EvalModel& model,
                                                Console& console) {
  Progress::Options options{.terminal = console.err_is_terminal, .unit = "texts of " + set.name};
  if (console.width > 0) options.width = console.width;
  Progress progress(console.err, options);
  absl::StatusOr<EvalResult> result = Evaluate(set, model, progress);
  progress.Finish();
  return result.ok() ? result : Prefixed(set.name, result.status());
}

absl::Status EvaluateSets(const std::vector<EvalSet>& sets, const EvalModel& model, bool json,
                          Console& console) {
  std::vector<EvalResult> results;
  for (const EvalSet& set : sets) {
    ASSIGN_OR_RETURN(EvalResult result, EvaluateWithProgress(set, model, console));
    if (json) console.out << EvalJson(result) << std::flush;
    results.push_back(std::move(result));
  }
  if (!json) console.out << EvalTables(results, console.width);
  return absl::OkStatus();
}

absl::Status EvalHere(const EvalOptions& options, const std::vector<EvalSet>& sets, Console& console) {
  ASSIGN_OR_RETURN(const auto encoder,
                   encoder::TextEncoder::Load(options.model_dir, LocalLoading(options.precision)));
  return EvaluateSets(sets, LocalEvalModel(*encoder, console.err), options.remote.json, console);
}

absl::Status EvalThere(const EvalOptions& options, const std::vector<EvalSet>& sets, Context& context) {
  ASSIGN_OR_RETURN(auto client, Connect(options.remote, context));
  const absl::StatusOr<EvalModel> model = RemoteEvalModel(*client, options.model);
  if (!model.ok()) return Explained(model.status(), options.remote, context);
  return Explained(EvaluateSets(sets, *model, options.remote.json, context.console), options.remote, context);
}

absl::Status Eval(const EvalOptions& options, Context& context) {
  if (!options.model_dir.empty() && !options.model.empty()) {
    return UsageError("expected --model-dir or --model, not both");
  }
  ASSIGN_OR_RETURN(const std::vector<EvalSet> sets, ReadSets(options.directories));
  return options.model_dir.empty() ? EvalThere(options, sets, context)
                                   : EvalHere(options, sets, context.console);
}

}  // namespace

void AddEval(Arguments& root) {
  auto options = std::make_shared<EvalOptions>();
  options->remote.timeout = 60;
  Arguments command =
      root.Command("eval", "Measure how well a model finds and compares, on sets that people judged",
                   "voisin eval --model-dir models/use-lite-en sets/cranfield sets/stsb-en-dev");
  command.Required("DIR", options->directories,
                   "Directory with corpus.jsonl, queries.jsonl and qrels.tsv, or sts.tsv, or all of them");
  command.Option("--model-dir", options->model_dir, "Load this model and work without a server");
  command.Choice("--precision", options->precision, {"fp32", "bf16", "int8"},
                 "Arithmetic of the model with --model-dir (default fp32)");
  command.Option("--model", options->model, "Name of a model of the server (default: the server's)");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Eval(*options, context); });
}

}  // namespace voisin::cli
