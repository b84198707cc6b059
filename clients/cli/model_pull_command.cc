#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/arguments.h"
#include "clients/cli/console.h"
#include "clients/cli/json_output.h"
#include "clients/cli/model_commands.h"
#include "clients/cli/progress.h"
#include "clients/cli/status.h"
#include "clients/hub/pull.h"
#include "encoder/text_encoder.h"
#include "service/config.h"

namespace voisin::cli {
namespace {

struct ModelPullOptions {
  std::string model;
  std::string models_dir;
  bool json = false;
};

// Where `voisin serve` looks when it is told the same.
absl::StatusOr<std::filesystem::path> ModelsDir(const ModelPullOptions& options) {
  if (!options.models_dir.empty()) return options.models_dir;
  service::ConfigSources sources;
  sources.environment = service::VoisinEnvironment();
  ASSIGN_OR_RETURN(const service::ServerConfig config, service::LoadConfig(sources));
  return config.models_dir;
}

hub::PullOptions PullOptionsOf(const Console& console, std::filesystem::path models_dir, Progress& progress) {
  hub::PullOptions pull;
  if (!console.hub.empty()) pull.hub.url = console.hub.substr(0, console.hub.find_last_not_of('/') + 1);
  pull.hub.http.token = console.hub_token;
  pull.hub.retry.note = [&progress](std::string_view line) { progress.Note(line); };
  pull.models_dir = std::move(models_dir);
  pull.progress = [&progress](uint64_t done, uint64_t total) { progress.Update(done, done, total); };
  return pull;
}

void Print(const hub::Pulled& pulled, const encoder::ModelInfo& info, bool json, std::ostream& out) {
  const std::string directory = pulled.directory.string();
  if (json) {
    JsonLine line;
    line.Text("name", pulled.directory.filename().string()).Text("directory", directory);
    line.Number("bytes", static_cast<double>(pulled.bytes)).Bool("was_there", pulled.was_there);
    line.Text("architecture", info.architecture).Number("dimensions", info.dimensions);
    out << line.Number("max_tokens", info.max_tokens).Text("fingerprint", info.fingerprint).str() << "\n";
    return;
  }
  out << directory << (pulled.was_there ? " was there already, verified" : " is installed, verified") << ": "
      << info.architecture << ", " << info.dimensions << " dimensions, at most " << info.max_tokens
      << " tokens\n";
}

absl::Status Pull(const ModelPullOptions& options, Context& context) {
  Console& console = context.console;
  const auto id = hub::ParseModelId(options.model);
  if (!id.ok()) return UsageError(MessageOf(id.status()));
  ASSIGN_OR_RETURN(std::filesystem::path models_dir, ModelsDir(options));
  Progress progress(console.err, {.terminal = console.err_is_terminal,
                                  .width = console.width == 0 ? 80 : console.width,
                                  .unit = "bytes"});
  const auto pulled = hub::Pull(*id, PullOptionsOf(console, std::move(models_dir), progress));
  progress.Finish();
  RETURN_IF_ERROR(pulled.status());
  const auto encoder = encoder::TextEncoder::Load(pulled->directory);
  if (!encoder.ok()) {
    return Prefixed(id->repository() + " is installed and verified, but cannot be loaded", encoder.status());
  }
  Print(*pulled, (*encoder)->info(), options.json, console.out);
  return absl::OkStatus();
}

}  // namespace

void AddModelPull(Arguments& model) {
  auto options = std::make_shared<ModelPullOptions>();
  Arguments command =
      model.Command("pull", "Get a model from the hub (VOISIN_HUB, default https://huggingface.co)",
                    "voisin model pull sentence-transformers/all-MiniLM-L6-v2");
  command.Required("MODEL", options->model, "OWNER/NAME, or OWNER/NAME@REVISION: a branch, tag or commit");
  command.Option("--models-dir", options->models_dir,
                 "Folder to install into (default ./.voisin/models, or VOISIN_MODELS_DIR)");
  command.Flag("--json", options->json, "Print JSON");
  command.Does([options](Context& context) { return Pull(*options, context); });
}

}  // namespace voisin::cli
