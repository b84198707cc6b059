#include <filesystem>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/cli/json_output.h"
#include "clients/cli/model_commands.h"
#include "clients/cli/progress.h"
#include "clients/cli/remote.h"
#include "clients/cli/status.h"
#include "clients/cli/table.h"
#include "encoder/text_encoder.h"
#include "service/model_directory.h"

namespace voisin::cli {
namespace {

struct ListOptions {
  Remote remote;
  std::string models_dir;
};

// A directory that is a model, or why it is none.
struct LocalModel {
  std::string name;
  uint64_t bytes = 0;
  absl::StatusOr<encoder::ModelInfo> info;
};

// Loads each: nothing less tells whether it can be loaded.
absl::StatusOr<std::vector<LocalModel>> ModelsIn(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return absl::NotFoundError("no folder " + folder.string());
  }
  std::vector<LocalModel> models;
  for (const std::string& name : service::ModelNames(folder)) {
    const auto loaded = encoder::TextEncoder::Load(folder / name);
    using Info = absl::StatusOr<encoder::ModelInfo>;
    models.push_back({name, service::StampOf(folder / name).bytes,
                      loaded.ok() ? Info((*loaded)->info()) : Info(loaded.status())});
  }
  return models;
}

std::string ToJsonText(const LocalModel& model) {
  JsonLine line;
  line.Text("name", model.name)
      .Number("bytes", static_cast<double>(model.bytes))
      .Bool("loadable", model.info.ok());
  if (!model.info.ok()) return line.Text("reason", MessageOf(model.info.status())).str();
  line.Number("dimensions", model.info->dimensions).Number("max_tokens", model.info->max_tokens);
  line.Text("pooling", model.info->pooling).Text("architecture", model.info->architecture);
  line.Text("lexical_language", model.info->language).Float("dense_weight", model.info->dense_weight);
  return line.Text("fingerprint", model.info->fingerprint).Bool("normalized", model.info->normalize).str();
}

std::vector<std::string> Cells(const LocalModel& model) {
  const std::string size = ShortCount(static_cast<double>(model.bytes)) + "B";
  if (!model.info.ok())
    return {model.name, "", "", "", "", size, "", std::string(MessageOf(model.info.status()))};
  const encoder::ModelInfo& info = *model.info;
  return {model.name,
          absl::StrCat(info.dimensions),
          absl::StrCat(info.max_tokens),
          info.pooling,
          info.architecture,
          size,
          info.fingerprint,
          "yes"};
}

absl::Status ListFolder(const ListOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const std::vector<LocalModel> models, ModelsIn(options.models_dir));
  using enum Table::Align;
  Table table({{"model", left, true},
               {"dimensions", right},
               {"max tokens", right},
               {"pooling"},
               {"architecture"},
               {"size", right},
               {"fingerprint"},
               {"loadable", left, true}});
  for (const LocalModel& model : models) {
    if (options.remote.json) console.out << ToJsonText(model) << "\n";
    table.Add(Cells(model));
  }
  if (!options.remote.json) console.out << table.Render(console.width);
  return absl::OkStatus();
}

std::string ToJsonText(const v1::Model& model) {
  JsonLine line;
  line.Text("name", model.name())
      .Number("dimensions", model.dimensions())
      .Number("max_tokens", model.max_tokens());
  line.Text("pooling", model.pooling()).Text("architecture", model.architecture());
  line.Text("precision", model.precision()).Text("lexical_language", model.lexical_language());
  line.Float("dense_weight", model.dense_weight());
  return line.Text("fingerprint", model.fingerprint()).Bool("normalized", model.normalized()).str();
}

absl::Status ListServer(const ListOptions& options, Context& context) {
  Console& console = context.console;
  ASSIGN_OR_RETURN(const auto client, Connect(options.remote, context));
  const auto answer = client->ListModels();
  if (!answer.ok()) return Explained(answer.status(), options.remote, context);
  using enum Table::Align;
  Table table({{"model", left, true},
               {"dimensions", right},
               {"max tokens", right},
               {"pooling"},
               {"architecture"},
               {"precision"},
               {"fingerprint"}});
  for (const v1::Model& model : answer->models()) {
    if (options.remote.json) console.out << ToJsonText(model) << "\n";
    table.Add({model.name(), std::to_string(model.dimensions()), std::to_string(model.max_tokens()),
               model.pooling(), model.architecture(), model.precision(), model.fingerprint()});
  }
  if (!options.remote.json) console.out << table.Render(console.width);
  return absl::OkStatus();
}

}  // namespace

void AddModelList(Arguments& model) {
  auto options = std::make_shared<ListOptions>();
  Arguments command = model.Command("list", "List the models of the server, or of a folder",
                                    "voisin model list --models-dir models");
  command.Option("--models-dir", options->models_dir,
                 "Load each model of this folder, without a server, and say which can be loaded");
  AddRemoteOptions(command, options->remote);
  command.Does([options](Context& context) {
    return options->models_dir.empty() ? ListServer(*options, context)
                                       : ListFolder(*options, context.console);
  });
}

}  // namespace voisin::cli
