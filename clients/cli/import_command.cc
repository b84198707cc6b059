#include <memory>
#include <ostream>

#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/import_job.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"

namespace voisin::cli {
namespace {

struct ImportCommandOptions {
  Remote remote;
  std::string collection;
  std::string path;
  std::string format;
  std::vector<std::string> number_columns;
  std::string truncation = "end";
  uint32_t batch = 128;
  uint32_t parallel = 4;
  uint32_t total = 0;
  bool strict = false;
  bool create = false;
  std::string model;
  uint32_t dimensions = 0;
};

absl::Status Check(const ImportCommandOptions& options) {
  if (options.batch < 1 || options.batch > 4096) return UsageError("--batch: expected 1 to 4096");
  if (options.parallel < 1 || options.parallel > 64) return UsageError("--parallel: expected 1 to 64");
  if (!options.create && (!options.model.empty() || options.dimensions > 0)) {
    return UsageError("--model and --dimensions go with --create");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ImportSource>> Open(const ImportCommandOptions& options, std::istream& in) {
  ImportOptions source{.path = options.path, .format = {}, .csv_numbers = options.number_columns};
  if (!options.format.empty()) {
    ASSIGN_OR_RETURN(source.format, ParseImportFormat(options.format));
  }
  return OpenImport(source, in);
}

absl::Status Create(const ImportCommandOptions& options, client::Client& client) {
  v1::CreateCollectionRequest request;
  request.set_collection_id(options.collection);
  request.mutable_collection()->set_model(options.model);
  request.mutable_collection()->set_dimensions(options.dimensions);
  if (options.model.empty() && options.dimensions == 0) {
    ASSIGN_OR_RETURN(const v1::Model model, client.GetModel(""));
    request.mutable_collection()->set_model(model.name());
  }
  const absl::Status status = client.CreateCollection(request).status();
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

absl::Status FindOrCreate(const ImportCommandOptions& options, client::Client& client) {
  absl::Status found = client.GetCollection(CollectionName(options.collection)).status();
  if (!absl::IsNotFound(found)) return found;
  if (options.create) return Create(options, client);
  return absl::NotFoundError(std::string(MessageOf(found)) + "; --create makes it");
}

void PrintJson(const ImportSummary& summary, double seconds, double rate, std::ostream& out) {
  JsonLine line;
  line.Number("documents", static_cast<double>(summary.documents))
      .Number("seconds", seconds)
      .Number("rate", rate);
  line.Number("truncated", static_cast<double>(summary.truncated));
  out << line.Number("bad", static_cast<double>(summary.bad)).str() << "\n";
}

void PrintSummary(const ImportCommandOptions& options, const ImportSummary& summary, std::ostream& out) {
  const double seconds = absl::ToDoubleSeconds(summary.elapsed);
  const double rate = seconds > 0 ? static_cast<double>(summary.documents) / seconds : 0;
  if (options.remote.json) {
    PrintJson(summary, seconds, rate, out);
    return;
  }
  out << absl::StrFormat("%d documents in %.1f s (%.0f/s)", summary.documents, seconds, rate);
  if (summary.truncated > 0) {
    out << absl::StrFormat(", %d texts longer than the model reads: only their %s counts", summary.truncated,
                           options.truncation == "start" ? "end" : "beginning");
  }
  out << absl::StrFormat(", %d bad records\n", summary.bad);
}

ImportJobOptions JobOptions(const ImportCommandOptions& options) {
  return {.collection = CollectionName(options.collection),
          .truncation = TruncationOf(options.truncation),
          .batch = options.batch,
          .parallel = options.parallel,
          .strict = options.strict,
          .expected = options.total};
}

absl::Status Import(const ImportCommandOptions& options, Context& context) {
  RETURN_IF_ERROR(Check(options));
  Console& console = context.console;
  ASSIGN_OR_RETURN(const auto source, Open(options, console.in));
  ASSIGN_OR_RETURN(const auto client, Connect(options.remote, context));
  RETURN_IF_ERROR(Explained(FindOrCreate(options, *client), options.remote, context));
  Progress progress(console.err,
                    {.terminal = console.err_is_terminal, .width = console.width == 0 ? 80 : console.width});
  ImportSummary summary;
  const absl::Status status = RunImport(*source, *client, JobOptions(options), progress, summary);
  PrintSummary(options, summary, console.out);
  RETURN_IF_ERROR(Explained(status, options.remote, context));
  if (summary.documents == 0 && summary.bad > 0) return absl::InvalidArgumentError("every record was bad");
  return absl::OkStatus();
}

}  // namespace

void AddImport(Arguments& root) {
  auto options = std::make_shared<ImportCommandOptions>();
  options->remote.timeout = 120;
  Arguments command = root.Command("import", "Store documents from a file, a folder or stdin",
                                   "voisin import notes notes.jsonl --create\n"
                                   "  voisin import notes folder-of-texts\n"
                                   "  produce | voisin import notes - --format csv --number-columns year");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Required(
      "PATH", options->path,
      "JSON Lines {\"id\", \"text\", \"metadata\", \"vector\", \"expire_time\"}, CSV with a header "
      "(id, text, the rest is metadata), a folder of .txt and .md (id: the path), or - for stdin");
  command.Choice("--format", options->format, {"jsonl", "csv", "folder"},
                 "Default: by the path; stdin is jsonl");
  command.Option("--number-columns", options->number_columns,
                 "CSV columns that hold numbers, between commas");
  command.Choice(
      "--truncation", options->truncation, {"end", "start", "error", "chunk"},
      "Text longer than the model reads: its end (default) or start is not in the vector, it is bad, or its "
      "vector is the mean of windows (chunk)");
  command.Option("--batch", options->batch, "Documents in a request (default 128)");
  command.Option("--parallel", options->parallel, "Requests in flight (default 4)");
  command.Flag("--strict", options->strict, "Stop at the first bad record, with exit status 2");
  command.Flag("--create", options->create, "Make the collection when it is missing");
  command.Option("--model", options->model, "With --create: the collection's model (default: the server's)");
  command.Option("--dimensions", options->dimensions, "With --create: components of its vectors");
  command.Option("--total", options->total, "Documents to expect from stdin, for the time left");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return Import(*options, context); });
}

}  // namespace voisin::cli
