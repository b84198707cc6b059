#include "encoder/module_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "encoder/json_fields.h"

namespace voisin::encoder {
namespace {

constexpr int32_t kMaxFeatures = 1 << 16;
constexpr int32_t kMaxPooled = 6 * kMaxFeatures;  // every pooling mode at once

absl::Status ReadPooling(const JsonValue& root, ModelConfig& config) {
  config.pooling.clear();
  for (const EnumName<PoolingMode>& name : kPoolingFlags) {
    bool on = false;
    RETURN_IF_ERROR(ReadOptional(root, name.spelling, on));
    if (on) config.pooling.push_back(name.value);
  }
  if (config.pooling.empty()) return root.Error("sets no pooling mode");
  RETURN_IF_ERROR(ReadOptional(root, "include_prompt", config.include_prompt));
  const int32_t width = config.transformer.hidden_size;
  int32_t dimension = width;
  RETURN_IF_ERROR(ReadOptional(root, "word_embedding_dimension", 1, kMaxFeatures, dimension));
  if (dimension == width) return absl::OkStatus();
  return root.Error(absl::StrCat("has word_embedding_dimension ", dimension, ", expected ", width));
}

absl::StatusOr<DenseConfig> ReadDense(const JsonValue& root, std::string directory, int32_t width) {
  DenseConfig dense;
  dense.directory = std::move(directory);
  RETURN_IF_ERROR(ReadSize(root, "in_features", kMaxPooled, dense.in_features));
  RETURN_IF_ERROR(ReadSize(root, "out_features", kMaxFeatures, dense.out_features));
  RETURN_IF_ERROR(ReadOptional(root, "bias", dense.bias));
  RETURN_IF_ERROR(ReadOptional(root, "activation_function", kTorchActivationNames, dense.activation));
  if (dense.in_features == width) return dense;
  return root.Error(absl::StrCat("has in_features ", dense.in_features, ", expected ", width,
                                 " as the module before gives"));
}

// One entry of modules.json.
struct Module {
  std::string type;  // "Transformer", "Pooling", ...
  std::string directory;
};

absl::StatusOr<Module> ReadModule(const JsonValue& entry) {
  Module module;
  ASSIGN_OR_RETURN(JsonValue type, entry.Field("type"));
  ASSIGN_OR_RETURN(module.type, type.String());
  module.type.erase(0, module.type.rfind('.') + 1);
  ASSIGN_OR_RETURN(JsonValue path, entry.Field("path"));
  ASSIGN_OR_RETURN(module.directory, path.String());
  const bool leaves = module.directory.find('/') != std::string::npos || module.directory.starts_with("..");
  if (leaves) return path.Error(absl::StrCat("\"", module.directory, "\" is not the name of a subdirectory"));
  return module;
}

// Reads modules.json into a ModelConfig, one module after the other.
class ModuleReader {
 public:
  ModuleReader(const std::filesystem::path& model_dir, ModelConfig& config)
      : model_dir_(model_dir), config_(config) {}

  absl::Status Read() {
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir_ / "modules.json"));
    ASSIGN_OR_RETURN(const std::vector<JsonValue> entries, document->root().Elements());
    for (size_t i = 0; i < entries.size(); ++i) RETURN_IF_ERROR(ReadEntry(entries[i], i));
    if (pooled_) return absl::OkStatus();
    return document->root().Error("names no Transformer followed by a Pooling module");
  }

 private:
  absl::Status ReadEntry(const JsonValue& entry, size_t index) {
    ASSIGN_OR_RETURN(const Module module, ReadModule(entry));
    if ((index == 0) != (module.type == "Transformer"))
      return entry.Error("is out of order: Transformer goes first");
    if (index == 0) return CheckTransformer(entry, module);
    if ((index == 1) != (module.type == "Pooling"))
      return entry.Error("is out of order: Pooling goes second");
    if (module.type == "Dropout") return absl::OkStatus();  // does nothing outside training
    if (config_.normalize) return entry.Unimplemented("follows a Normalize module, which is not supported");
    if (module.type == "Pooling") return AddPooling(module);
    if (module.type == "Dense") return AddDense(module);
    if (module.type != "Normalize")
      return entry.Unimplemented(absl::StrCat("is a ", module.type, " module, which is not supported"));
    config_.normalize = true;
    return absl::OkStatus();
  }

  static absl::Status CheckTransformer(const JsonValue& entry, const Module& module) {
    if (module.directory.empty()) return absl::OkStatus();
    return entry.Unimplemented("keeps the Transformer in a subdirectory, which is not supported");
  }

  absl::Status AddPooling(const Module& module) {
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir_ / module.directory / "config.json"));
    pooled_ = true;
    return ReadPooling(document->root(), config_);
  }

  absl::Status AddDense(const Module& module) {
    ASSIGN_OR_RETURN(const auto document, ReadJson(model_dir_ / module.directory / "config.json"));
    ASSIGN_OR_RETURN(DenseConfig dense, ReadDense(document->root(), module.directory, config_.dimensions()));
    config_.dense.push_back(std::move(dense));
    return absl::OkStatus();
  }

  const std::filesystem::path& model_dir_;
  ModelConfig& config_;
  bool pooled_ = false;
};

}  // namespace

absl::Status ReadModules(const std::filesystem::path& model_dir, ModelConfig& config) {
  if (!std::filesystem::exists(model_dir / "modules.json")) return absl::OkStatus();
  return ModuleReader(model_dir, config).Read();
}

}  // namespace voisin::encoder
